// Drives the sandbox with jsforce. Prints one line per check; the first that fails ends the run with status 1.
'use strict'
const assert = require('node:assert/strict')
const { Connection } = require('jsforce')

const { SANDBOX_URL: loginUrl, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, REFRESH_TOKEN: refreshToken, GONE: gone, ACCOUNT: account } = process.env
const refreshed = []
const connection = new Connection({
  oauth2: { loginUrl, clientId, clientSecret, redirectUri: 'http://localhost/' },
  instanceUrl: loginUrl,
  accessToken: 'ended',
  refreshToken,
  version: '62.0',
})
connection.on('refresh', (token) => refreshed.push(token))

// refused runs a call that must fail and returns the code of its error.
async function refused(call) {
  try {
    await call()
  } catch (e) {
    return e.errorCode ?? e.name
  }
  assert.fail('the call was not refused')
}

const picklist = (...codes) => ({
  label: 'Taxon ABC',
  type: 'Picklist',
  valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: codes.map((fullName) => ({ fullName, label: fullName, default: false })) } },
})

let field
const checks = {
  async 'an ended session is renewed by the refresh token'() {
    const answer = await connection.query('SELECT Id, Name, TimeZoneSidKey FROM Organization')
    assert.equal(answer.totalSize, 1)
    assert.equal(answer.records[0].Name, 'Acme')
    assert.equal(refreshed.length, 1)
    assert.notEqual(connection.accessToken, 'ended')
  },

  async 'queries: types, locators to the end, order'() {
    let answer = await connection.query('SELECT Id, Name, Amount, IsWon, CloseDate, SystemModstamp FROM Opportunity ORDER BY SystemModstamp ASC, Id ASC')
    const rows = [...answer.records]
    assert.equal(answer.done, false)
    while (!answer.done) {
      answer = await connection.queryMore(answer.nextRecordsUrl)
      rows.push(...answer.records)
    }
    assert.equal(rows.length, 2500)
    assert.equal(new Set(rows.map((r) => r.Id)).size, 2500)
    assert.equal(rows[7].attributes.type, 'Opportunity')
    assert.equal(typeof rows[7].Amount, 'number')
    assert.equal(typeof rows[7].IsWon, 'boolean')
    assert.match(rows[7].SystemModstamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/)
  },

  async 'the query builder of the client'() {
    const rows = await connection.sobject('Contact').find({ LastName: "O'Neil", AccountId: account }, ['Id', 'LastName']).limit(5)
    assert.equal(rows.length, 1)
  },

  async 'a wrong field refuses the whole query, with a code'() {
    assert.equal(await refused(() => connection.query('SELECT Id, CurrencyIsoCode FROM Account')), 'INVALID_FIELD')
    assert.equal(await refused(() => connection.query('SELECT Id Account')), 'MALFORMED_QUERY')
  },

  async 'queryAll, updated and deleted'() {
    const answer = await connection.query('SELECT Id FROM Account WHERE IsDeleted = true', { scanAll: true })
    assert.deepEqual(answer.records.map((r) => r.Id), [gone])
    const start = new Date(Date.now() - 3600e3)
    const end = new Date(Date.now() + 3600e3)
    const deleted = await connection.sobject('Account').deleted(start, end)
    assert.deepEqual(deleted.deletedRecords.map((r) => r.id), [gone])
    assert.ok(deleted.earliestDateAvailable && deleted.latestDateCovered)
    const updated = await connection.sobject('Account').updated(start, end)
    assert.deepEqual(updated.ids, [account])
  },

  async 'a field by the tooling API is invisible until it is permitted'() {
    const made = await connection.tooling.sobject('CustomField').create({ FullName: 'Account.taxon_abc__c', Metadata: picklist('A', 'B') })
    assert.equal(made.success, true)
    field = made.id
    const seen = async () => (await connection.sobject('Account').describe()).fields.some((f) => f.name === 'taxon_abc__c')
    assert.equal(await seen(), false)
    const [set] = (await connection.query("SELECT Id FROM PermissionSet WHERE Name = 'Taxon'")).records
    const permitted = await connection.sobject('FieldPermissions').create({ ParentId: set.Id, SobjectType: 'Account', Field: 'Account.taxon_abc__c', PermissionsRead: true, PermissionsEdit: true })
    assert.equal(permitted.success, true)
    assert.equal(await seen(), true)
  },

  async 'collections: by order, 200 with failures'() {
    const results = await connection.sobject('Account').update([
      { Id: gone, taxon_abc__c: 'A' }, { Id: account, taxon_abc__c: 'Z' }, { Id: account, taxon_abc__c: 'B' },
    ])
    assert.deepEqual(results.map((r) => r.success), [false, false, true])
    assert.equal(results[0].errors[0].statusCode, 'ENTITY_IS_DELETED')
    assert.equal(results[1].errors[0].statusCode, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST')
    assert.equal(results[2].id, account)
  },

  async 'options are added by the whole description'() {
    const { records } = await connection.tooling.query("SELECT Id, Metadata FROM CustomField WHERE DeveloperName = 'taxon_abc' AND TableEnumOrId = 'Account'")
    assert.equal(records[0].Id, field)
    assert.equal(records[0].Metadata.valueSet.valueSetDefinition.value.length, 2)
    const changed = await connection.tooling.sobject('CustomField').update({ Id: field, Metadata: picklist('A', 'B', 'C') })
    assert.equal(changed.success, true)
  },

  async 'bulk: a query and a load'() {
    const stream = await connection.bulk2.query('SELECT Id, Name, IsWon FROM Opportunity', { pollInterval: 10, pollTimeout: 60000 })
    const rows = await stream.toArray()
    assert.equal(rows.length, 2500)
    assert.match(rows[0].Id, /^006/)
    const results = await connection.bulk2.loadAndWaitForResults({
      object: 'Account', operation: 'update', input: [{ Id: account, taxon_abc__c: 'C' }, { Id: gone, taxon_abc__c: 'C' }], pollInterval: 10, pollTimeout: 60000,
    })
    assert.deepEqual(results.successfulResults.map((r) => r.sf__Id), [account])
    assert.match(results.failedResults[0].sf__Error, /^ENTITY_IS_DELETED:/)
  },

  async 'the usage of the quota'() {
    assert.equal(connection.limitInfo.apiUsage.limit, 15000)
    assert.ok(connection.limitInfo.apiUsage.used > 0)
  },
}

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    await check()
    console.log(`ok - ${name}`)
  }
  console.log(`${Object.keys(checks).length} checks`)
}

main().catch((e) => {
  console.error(e)
  process.exit(1)
})
