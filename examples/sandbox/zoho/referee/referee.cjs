// Drives the sandbox with Zoho CRM's official client. Prints one line per check; the
// first that fails ends the run with status 1.
'use strict'
const assert = require('node:assert/strict')
const path = require('node:path')

require('@zohocrm/typescript-sdk-8.0') // before its parts, which need each other
const root = path.dirname(require.resolve('@zohocrm/typescript-sdk-8.0'))
const sdk = (file) => require(path.join(root, file))
const api = (file) => sdk(path.join('core/com/zoho/crm/api', file))
const { InitializeBuilder } = sdk('routes/initialize_builder')
const { OAuthBuilder } = sdk('models/authenticator/oauth_builder')
const { FileStore } = sdk('models/authenticator/store/file_store')
const { SDKConfigBuilder } = sdk('routes/sdk_config_builder')
const { DataCenter } = sdk('routes/dc/data_center')
const { ParameterMap } = sdk('routes/parameter_map')
const { HeaderMap } = sdk('routes/header_map')
const { Choice } = sdk('utils/util/choice')
const records = api('record/record_operations')
const fields = api('fields/fields_operations')

const { SANDBOX_URL: url, CLIENT_ID: id, CLIENT_SECRET: secret, REFRESH_TOKEN: refresh, ACCOUNT: account, GONE: gone, RESOURCES: resources } = process.env

// params and headers hold what the client's own parameter objects name.
const filled = async (map, pairs) => {
  for (const [param, value] of pairs) await map.add(param, value)
  return map
}
const params = (...pairs) => filled(new ParameterMap(), pairs)
const headers = (...pairs) => filled(new HeaderMap(), pairs)

// answer returns what the client made of a response, whose status must be the one given.
const answer = (response, status) => {
  assert.equal(response.getStatusCode(), status)
  return response.getObject()
}

const checks = {
  async 'the organisation'() {
    const { OrgOperations } = api('org/org_operations')
    const [org] = answer(await new OrgOperations().getOrganization(), 200).getOrg()
    assert.equal(org.getCompanyName(), 'Sandbox')
    assert.equal(org.getIsoCode(), 'USD')
    assert.equal(org.getTimeZone(), 'UTC')
  },

  async 'lists: page, then page token, to the end; types'() {
    const { GetRecordsParam } = records
    const deals = new records.RecordOperations('Deals')
    const base = [[GetRecordsParam.FIELDS, ['Deal_Name', 'Amount', 'Stage', 'Closing_Date', 'Account_Name', 'Modified_Time'].join(',')], [GetRecordsParam.PER_PAGE, 200]]
    const rows = []
    let token = null
    do {
      const page = answer(await deals.getRecords(await params(...base, ...(token ? [[GetRecordsParam.PAGE_TOKEN, token]] : [])), new HeaderMap()), 200)
      rows.push(...page.getData())
      token = page.getInfo().getMoreRecords() ? page.getInfo().getNextPageToken() : null
    } while (token)
    assert.equal(rows.length, 450)
    assert.equal(new Set(rows.map((r) => String(r.getId()))).size, 450)
    const deal = rows[7]
    assert.equal(typeof deal.getKeyValue('Amount'), 'number')
    assert.equal(deal.getKeyValue('Stage').getValue(), 'Closed Won')
    assert.ok(deal.getKeyValue('Closing_Date') instanceof Date)
    assert.ok(deal.getKeyValue('Modified_Time') instanceof Date)
    assert.equal(String(deal.getKeyValue('Account_Name').getId()), account)
  },

  async 'nothing new is 304'() {
    const since = await headers([records.GetRecordsHeader.IF_MODIFIED_SINCE, new Date(Date.now() + 3600e3)])
    const response = await new records.RecordOperations('Deals').getRecords(await params([records.GetRecordsParam.FIELDS, 'Deal_Name']), since)
    assert.equal(response.getStatusCode(), 304)
  },

  async 'fields are needed'() {
    const refused = answer(await new records.RecordOperations('Deals').getRecords(new ParameterMap(), new HeaderMap()), 400)
    assert.equal(refused.getCode().getValue(), 'REQUIRED_PARAM_MISSING')
  },

  async 'deleted records'() {
    const deleted = answer(await new records.RecordOperations('Accounts').getDeletedRecords(new ParameterMap(), new HeaderMap()), 200).getData()
    assert.deepEqual(deleted.map((r) => String(r.getId())), [gone])
    assert.ok(deleted[0].getDeletedTime() instanceof Date)
  },

  async 'how many there are'() {
    const count = answer(await new records.RecordOperations('Deals').recordCount(), 200)
    assert.equal(Number(count.getCount()), 450)
  },

  async 'updates: by order, 207 for some, no workflows'() {
    const { BodyWrapper } = api('record/body_wrapper')
    const { Record } = api('record/record')
    const row = (id, phone) => {
      const r = new Record()
      r.setId(BigInt(id))
      r.addKeyValue('Phone', phone)
      return r
    }
    const body = new BodyWrapper()
    body.setData([row(account, '+49 1'), row(gone, '+49 2')])
    body.setTrigger([])
    const [good, bad] = answer(await new records.RecordOperations('Accounts').updateRecords(body, new HeaderMap()), 207).getData()
    assert.equal(good.getStatus().getValue(), 'success')
    assert.equal(String(good.getDetails().get('id')), account)
    assert.equal(bad.getStatus().getValue(), 'error')
    assert.equal(bad.getCode().getValue(), 'INVALID_DATA')
  },

  async 'a field is made, found again, and given an option'() {
    const { BodyWrapper } = api('fields/body_wrapper')
    const { Fields } = api('fields/fields')
    const { PickListValue } = api('fields/pick_list_value')
    const option = (name, id) => { // the client sends what was set, so that an option that was read is set anew
      const o = new PickListValue()
      if (id) o.setId(id)
      o.setDisplayValue(name)
      o.setActualValue(name)
      return o
    }
    const described = (...options) => {
      const f = new Fields()
      f.setPickListValues(options)
      return f
    }
    const wrapped = (f) => {
      const body = new BodyWrapper()
      body.setFields([f])
      return body
    }
    const module = [fields.GetFieldsParam.MODULE, 'Accounts']
    const all = async () => answer(await new fields.FieldsOperations().getFields(await params(module)), 200).getFields()
    const made = described(option('A'), option('B'))
    made.setFieldLabel('Taxon ABC')
    made.setDataType('picklist')
    const [result] = answer(await new fields.FieldsOperations().createField(wrapped(made), await params([fields.CreateFieldParam.MODULE, 'Accounts'])), 201).getFields()
    assert.equal(result.getStatus().getValue(), 'success')
    const found = (await all()).find((f) => f.getFieldLabel() === 'Taxon ABC')
    assert.equal(found.getAPIName(), 'Taxon_ABC')
    assert.equal(found.getCustomField(), true)
    const kept = found.getPickListValues()
    const more = await new fields.FieldsOperations().updateField(found.getId(), wrapped(described(...kept.map((o) => option(o.getDisplayValue(), o.getId())), option('C'))), await params([fields.UpdateFieldParam.MODULE, 'Accounts']))
    assert.equal(more.getStatusCode(), 200)
    const again = (await all()).find((f) => f.getFieldLabel() === 'Taxon ABC').getPickListValues()
    assert.deepEqual(again.map((o) => o.getDisplayValue()), ['A', 'B', 'C'])
    assert.equal(String(again[0].getId()), String(kept[0].getId()))
  },

  async 'stages and what they mean'() {
    const layouts = api('layouts/layouts_operations')
    const [layout] = answer(await new layouts.LayoutsOperations().getLayouts(await params([layouts.GetLayoutsParam.MODULE, 'Deals'])), 200).getLayouts()
    const { PipelineOperations } = api('pipeline/pipeline_operations')
    const [pipeline] = answer(await new PipelineOperations(layout.getId()).getPipelines(), 200).getPipeline()
    const won = pipeline.getMaps().find((m) => m.getDisplayValue() === 'Closed Won')
    assert.equal(won.getForecastType(), 'Closed Won')
  },

  async 'bulk reading'() {
    const { BulkReadOperations } = api('bulk_read/bulk_read_operations')
    const { BodyWrapper } = api('bulk_read/body_wrapper')
    const { Query } = api('bulk_read/query')
    const { MinifiedModule } = api('modules/minified_module')
    const module = new MinifiedModule()
    module.setAPIName('Deals')
    const query = new Query()
    query.setModule(module)
    query.setFields(['Deal_Name', 'Amount'])
    const body = new BodyWrapper()
    body.setQuery(query)
    const [job] = answer(await new BulkReadOperations().createBulkReadJob(body), 201).getData()
    const number = job.getDetails().get('id')
    const [state] = answer(await new BulkReadOperations().getBulkReadJobDetails(BigInt(number)), 200).getData()
    assert.equal(state.getState().getValue(), 'COMPLETED')
    assert.equal(Number(state.getResult().getCount()), 450)
    assert.equal(state.getResult().getMoreRecords(), false)
    const file = await new BulkReadOperations().downloadResult(BigInt(number))
    assert.equal(file.getStatusCode(), 200)
  },
}

async function main() {
  const token = new OAuthBuilder().clientId(id).clientSecret(secret).refreshToken(refresh).build()
  await (await new InitializeBuilder())
    .environment(DataCenter.setEnvironment(url, `${url}/oauth/v2/token`, url))
    .token(token)
    .store(new FileStore(path.join(resources, 'tokens.txt')))
    .SDKConfig(new SDKConfigBuilder().autoRefreshFields(false).pickListValidation(false).build())
    .resourcePath(resources)
    .initialize()
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
