// Drives the sandbox with Pipedrive's official client. Prints one line per check; the
// first that fails ends the run with status 1.
'use strict'
const assert = require('node:assert/strict')
const { v1, v2 } = require('pipedrive')

const { SANDBOX_URL: url, SANDBOX_TOKEN: apiKey } = process.env
const configuration = new v2.Configuration({ apiKey, basePath: `${url}/api/v2` })
const persons = new v2.PersonsApi(configuration)
const deals = new v2.DealsApi(configuration)
const organizations = new v2.OrganizationsApi(configuration)
const personFields = new v2.PersonFieldsApi(configuration)

// refused runs a call that must fail and returns the code in its body.
async function refused(call) {
  try {
    await call()
  } catch (e) {
    return e.errorCode // the client throws the answer's body
  }
  assert.fail('the call was not refused')
}

// all reads every page.
async function all(page) {
  const rows = []
  let cursor
  do {
    const answer = await page(cursor)
    assert.equal(answer.success, true)
    rows.push(...answer.data)
    cursor = answer.additional_data?.next_cursor ?? undefined
  } while (cursor)
  return rows
}

let key
const checks = {
  async 'the account of the token'() {
    const me = await new v1.UsersApi(new v1.Configuration({ apiKey, basePath: `${url}/v1` })).getCurrentUser()
    assert.equal(me.data.company_id, 77)
    assert.equal(me.data.default_currency, 'USD')
  },

  async 'lists: cursor to the end, sorted, changed since'() {
    const rows = await all((cursor) => deals.getDeals({ limit: 100, cursor, sort_by: 'update_time', sort_direction: 'asc' }))
    assert.equal(rows.length, 250)
    assert.equal(new Set(rows.map((d) => d.id)).size, 250)
    assert.equal(typeof rows[7].value, 'number')
    assert.equal(rows[7].status, 'won')
    assert.match(rows[7].update_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const none = await deals.getDeals({ updated_since: '2030-01-01T00:00:00Z' })
    assert.deepEqual(none.data, [])
    assert.equal(await refused(() => deals.getDeals({ updated_since: '2030-01-01T00:00:00.000Z' })), 400)
    assert.equal(await refused(() => deals.getDeals({ limit: 501 })), 400)
  },

  async 'archived deals have a list of their own'() {
    assert.equal((await deals.getArchivedDeals({})).data.length, 1)
  },

  async 'one record, with its links, lists and address'() {
    const [first] = (await persons.getPersons({ limit: 1 })).data
    const person = (await persons.getPerson({ id: first.id })).data
    assert.equal(person.emails[0].value, 'ada@example.com')
    assert.equal(person.emails[0].primary, true)
    const organization = (await organizations.getOrganization({ id: person.org_id })).data
    assert.equal(organization.address.country, 'Germany')
    assert.equal(await refused(() => persons.getPerson({ id: 4711000 })), 404)
  },

  async 'fields: create, options, list'() {
    const made = (await personFields.addPersonField({ AddPersonFieldRequest: { field_name: 'ABC class', field_type: 'enum', options: [{ label: 'A' }, { label: 'B' }] } })).data
    key = made.field_code
    assert.match(key, /^[0-9a-f]{40}$/)
    const added = (await personFields.addPersonFieldOptions({ field_code: key, AddDealFieldOptionsRequestInner: [{ label: 'C' }] })).data
    assert.equal(added.length, 1)
    const fields = await all((cursor) => personFields.getPersonFields({ limit: 5, cursor }))
    const field = fields.find((f) => f.field_code === key)
    assert.deepEqual(field.options.map((o) => o.label), ['A', 'B', 'C'])
    assert.equal(field.is_custom_field, true)
  },

  async 'update: an option by its id, refused by its label, cleared by null'() {
    const [person] = (await persons.getPersons({ limit: 1 })).data
    const { options } = (await all((cursor) => personFields.getPersonFields({ limit: 500, cursor }))).find((f) => f.field_code === key)
    const set = (value) => persons.updatePerson({ id: person.id, UpdatePersonRequest: { custom_fields: { [key]: value } } })
    assert.equal((await set(options[2].id)).data.custom_fields[key], options[2].id)
    assert.equal(await refused(() => set('C')), 400)
    assert.equal((await set(null)).data.custom_fields[key], null)
    assert.equal((await set(options[0].id)).data.custom_fields[key], options[0].id)
  },

  async 'a wrong token'() {
    const stranger = new v2.PersonsApi(new v2.Configuration({ apiKey: 'wrong', basePath: `${url}/api/v2` }))
    assert.equal(await refused(() => stranger.getPersons({})), 401)
  },
}

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check()
    } catch (e) {
      console.error(`not ok - ${name}\n${e.stack}\n${JSON.stringify(e.response?.data ?? null)}`)
      process.exit(1)
    }
    console.log(`ok - ${name}`)
  }
  console.log(`${Object.keys(checks).length} checks`)
}

main()
