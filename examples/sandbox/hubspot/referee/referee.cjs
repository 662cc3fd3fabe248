// Drives the sandbox with HubSpot's official client. Prints one line per check; the
// first that fails ends the run with status 1.
'use strict'
const assert = require('node:assert/strict')
const { Client } = require('@hubspot/api-client')

const { SANDBOX_URL: basePath, SANDBOX_TOKEN: accessToken } = process.env
const limiterOptions = { minTime: 0, maxConcurrent: 6 }
const client = new Client({ accessToken, basePath, numberOfApiCallRetries: 3, limiterOptions })
const { crm } = client

// refused runs a call that must fail and returns its status and body.
async function refused(call) {
  try {
    await call()
  } catch (e) {
    return { code: e.code, body: typeof e.body === 'string' ? JSON.parse(e.body) : e.body }
  }
  assert.fail('the call was not refused')
}

const checks = {
  async 'list: pages to the end, past a 502 that the client retries'() {
    const deals = await crm.deals.getAll(100, undefined, ['amount', 'dealstage', 'no_such_name'], undefined, ['companies'])
    assert.equal(deals.length, 250)
    assert.equal(deals[0].properties.amount, '0')
    assert.equal(deals[0].properties.no_such_name, undefined)
    assert.ok(deals[0].createdAt instanceof Date && !Number.isNaN(deals[0].createdAt.getTime()))
    assert.equal(deals[0].associations.companies.results[0].type, 'deal_to_company')
    const page = await crm.deals.basicApi.getPage()
    assert.equal(page.results.length, 10)
    assert.equal(page.paging.next.after, page.results[9].id)
    const { code, body } = await refused(() => crm.deals.basicApi.getPage(101))
    assert.equal(code, 400)
    assert.equal(body.category, 'VALIDATION_ERROR')
  },

  async 'search: filters, sort, cursor, past a 429 that the client waits out'() {
    const request = {
      filterGroups: [{ filters: [{ propertyName: 'amount', operator: 'GTE', value: '100' }] }],
      sorts: [{ propertyName: 'hs_lastmodifieddate', direction: 'ASCENDING' }],
      properties: ['amount'], limit: 100,
    }
    const first = await crm.deals.searchApi.doSearch(request)
    assert.equal(first.total, 150)
    assert.equal(first.results.length, 100)
    const second = await crm.deals.searchApi.doSearch({ ...request, after: first.paging.next.after })
    assert.equal(second.results.length, 50)
    assert.equal(second.paging, undefined)
    const { code } = await refused(() => crm.deals.searchApi.doSearch({ ...request, after: '10000' }))
    assert.equal(code, 400)
  },

  async 'groups and properties: create, read, list, change, conflict'() {
    const group = await crm.properties.groupsApi.create('companies', { name: 'taxon', label: 'Taxon', displayOrder: -1 })
    assert.equal(group.name, 'taxon')
    assert.ok((await crm.properties.groupsApi.getAll('companies')).results.some((g) => g.name === 'taxon'))
    const option = (value, displayOrder) => ({ label: value, value, displayOrder, hidden: false })
    const property = {
      name: 'taxon_abc', label: 'ABC class', type: 'enumeration', fieldType: 'select', groupName: 'taxon', options: [option('A', 0), option('B', 1)],
    }
    assert.equal((await crm.properties.coreApi.create('companies', property)).name, 'taxon_abc')
    const again = await refused(() => crm.properties.coreApi.create('companies', property))
    assert.equal(again.code, 409)
    const read = await crm.properties.coreApi.getByName('companies', 'taxon_abc')
    assert.deepEqual(read.options.map((o) => o.value), ['A', 'B'])
    const changed = await crm.properties.coreApi.update('companies', 'taxon_abc', { options: [...read.options, option('C', 2)] })
    assert.equal(changed.options.length, 3)
    const all = await crm.properties.coreApi.getAll('companies')
    assert.ok(all.results.some((p) => p.name === 'taxon_abc' && !p.hubspotDefined))
    assert.ok(all.results.some((p) => p.name === 'industry' && p.hubspotDefined))
  },

  async 'batch update: 207 names the missing record, results hold the rest'() {
    const [one, two] = (await crm.companies.basicApi.getPage(2)).results.map((c) => c.id)
    const answer = await crm.companies.batchApi.update({
      inputs: [{ id: '99999999', properties: { taxon_abc: 'A' } }, { id: two, properties: { taxon_abc: 'B' } }, { id: one, properties: { taxon_abc: 'A' } }],
    })
    assert.equal(answer.status, 'COMPLETE')
    assert.equal(answer.numErrors, 1)
    assert.equal(answer.errors[0].category, 'OBJECT_NOT_FOUND')
    assert.deepEqual(answer.errors[0].context.ids, ['99999999'])
    assert.deepEqual(answer.results.map((r) => r.id).sort(), [one, two].sort())
    const bad = await refused(() => crm.companies.batchApi.update({
      inputs: [{ id: one, properties: { taxon_abc: 'C' } }, { id: two, properties: { taxon_abc: 'Z' } }],
    }))
    assert.equal(bad.code, 400)
    assert.match(bad.body.message, /Z was not one of the allowed options: \[A, B, C\]/)
    const back = await crm.companies.batchApi.read({ inputs: [{ id: one }, { id: two }], properties: ['taxon_abc'], propertiesWithHistory: [] })
    assert.deepEqual(back.results.map((r) => r.properties.taxon_abc), ['A', 'B'])
  },

  async 'batch create, upsert, archive; merge'() {
    const mail = (n) => `referee-${n}@example.com`
    const made = await crm.contacts.batchApi.create({ inputs: [1, 2].map((n) => ({ properties: { email: mail(n) }, associations: [] })) })
    assert.equal(made.results.length, 2)
    const up = await crm.contacts.batchApi.upsert({ inputs: [{ id: mail(2), idProperty: 'email', properties: { city: 'Ulm' } }, { id: mail(3), idProperty: 'email', properties: {} }] })
    assert.deepEqual(up.results.map((r) => r._new ?? r.new), [false, true])
    const merged = await crm.contacts.basicApi.merge({ primaryObjectId: made.results[0].id, objectIdToMerge: made.results[1].id })
    assert.ok(!made.results.some((r) => r.id === merged.id), 'the survivor has an id of its own')
    assert.equal((await crm.contacts.basicApi.getById(made.results[1].id)).id, merged.id)
    await crm.contacts.batchApi.archive({ inputs: [{ id: merged.id }] })
    const bin = await crm.contacts.basicApi.getPage(10, undefined, undefined, undefined, undefined, true)
    assert.deepEqual(bin.results.map((r) => r.id), [merged.id])
    assert.ok(bin.results[0].archivedAt instanceof Date)
  },

  async 'associations v4: batch read with a record that has none, and of one record'() {
    const deals = (await crm.deals.basicApi.getPage(3)).results.map((d) => d.id)
    const answer = await crm.associations.v4.batchApi.getPage('deals', 'companies', { inputs: [...deals.map((id) => ({ id })), { id: '99999999' }] })
    assert.deepEqual(answer.results.map((r) => r._from.id), deals)
    assert.deepEqual(answer.results[0].to[0].associationTypes.map((t) => t.typeId), [5, 341])
    assert.equal(answer.numErrors, 1)
    const one = await crm.associations.v4.basicApi.getPage('deals', deals[0], 'companies')
    assert.equal(String(one.results[0].toObjectId), String(answer.results[0].to[0].toObjectId))
  },

  async 'pipelines and owners'() {
    const pipelines = await crm.pipelines.pipelinesApi.getAll('deals')
    const won = pipelines.results[0].stages.filter((s) => s.metadata.isClosed === 'true' && Number(s.metadata.probability) === 1)
    assert.deepEqual(won.map((s) => s.id), ['closedwon'])
    const owners = await crm.owners.ownersApi.getPage(undefined, undefined, 100)
    assert.equal(owners.results[0].email, 'owner@example.com')
    assert.notEqual(owners.results[0].id, String(owners.results[0].userId))
  },

  async 'OAuth: refresh, use, token information; a wrong token is 401'() {
    const { OAUTH_CLIENT, OAUTH_SECRET, OAUTH_REFRESH } = process.env
    const oauth = new Client({ basePath, limiterOptions })
    const token = await oauth.oauth.tokensApi.create('refresh_token', undefined, undefined, OAUTH_CLIENT, OAUTH_SECRET, OAUTH_REFRESH)
    assert.equal(token.expiresIn, 1800)
    assert.equal(token.refreshToken, OAUTH_REFRESH)
    oauth.setAccessToken(token.accessToken)
    assert.equal((await oauth.crm.companies.basicApi.getPage()).results.length, 2)
    assert.ok((await oauth.oauth.accessTokensApi.get(token.accessToken)).scopes.includes('crm.objects.deals.read'))
    const wrong = await refused(() => oauth.oauth.tokensApi.create('refresh_token', undefined, undefined, OAUTH_CLIENT, 'wrong', OAUTH_REFRESH))
    assert.equal(wrong.code, 400)
    oauth.setAccessToken('pat-na1-00000000-0000-4000-8000-000000000000')
    assert.equal((await refused(() => oauth.crm.companies.basicApi.getPage())).code, 401)
  },

  async 'events of a customer: tickets, invoices, survey responses, meetings'() {
    const stages = (await crm.pipelines.pipelinesApi.getAll('tickets')).results[0].stages
    const closed = stages.find((s) => s.metadata.ticketState === 'CLOSED')
    const ticket = await crm.tickets.basicApi.create({ properties: { subject: 'Late', hs_pipeline: '0', hs_pipeline_stage: closed.id }, associations: [] })
    const tickets = await crm.tickets.basicApi.getPage(10, undefined, ['subject', 'hs_pipeline_stage'])
    assert.equal(tickets.results[0].properties.hs_pipeline_stage, closed.id)
    const found = await crm.tickets.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'subject', operator: 'EQ', value: 'Late' }] }], limit: 1 })
    assert.equal(found.results[0].id, ticket.id)
    for (const [type, properties] of Object.entries({
      invoices: { hs_amount_billed: '100', hs_currency: 'USD', hs_invoice_status: 'open' }, feedback_submissions: { hs_survey_type: 'NPS', hs_value: '9' },
      commerce_payments: { hs_initial_amount: '5' }, quotes: { hs_quote_amount: '7' }, calls: { hs_timestamp: '2026-05-01T08:00:00Z' },
    })) {
      const made = await crm.objects.basicApi.create(type, { properties, associations: [] })
      const read = await crm.objects.basicApi.getPage(type, 10, undefined, Object.keys(properties))
      assert.deepEqual(read.results.map((r) => r.id), [made.id])
      for (const [name, value] of Object.entries(properties)) assert.equal(read.results[0].properties[name], value)
    }
    const meeting = await crm.objects.meetings.basicApi.create({ properties: { hs_timestamp: '2026-05-01T08:00:00Z', hs_meeting_outcome: 'COMPLETED' }, associations: [] })
    assert.equal((await crm.objects.meetings.basicApi.getById(meeting.id, ['hs_meeting_outcome'])).properties.hs_meeting_outcome, 'COMPLETED')
  },

  async 'dated paths answer raw requests of the client'() {
    const list = await (await client.apiRequest({ method: 'GET', path: '/crm/objects/2026-09/deals', qs: { limit: 100, properties: 'amount' } })).json()
    assert.equal(list.results.length, 100)
    const account = await (await client.apiRequest({ method: 'GET', path: '/account-info/2026-09/details' })).json()
    assert.equal(account.companyCurrency, 'USD')
    const found = await client.apiRequest({ method: 'POST', path: '/crm/objects/2026-03/deals/search', body: { limit: 200 } })
    assert.equal((await found.json()).total, 250)
  },
}

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check()
    } catch (e) {
      console.error(`not ok - ${name}\n${e.stack}\n${e.body ? JSON.stringify(e.body) : ''}`)
      process.exit(1)
    }
    console.log(`ok - ${name}`)
  }
  console.log(`${Object.keys(checks).length} checks`)
}

main()
