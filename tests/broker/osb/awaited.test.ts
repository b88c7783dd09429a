import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteQuery, instanceBody, instancePath, plans } from '../../support/broker.ts'
import { Records } from '../../support/records.ts'
import { Api } from './api.ts'

let records: Records
let api: Api
beforeAll(async () => {
  records = await Records.open()
  api = await Api.open({}, records)
  await api.created('there')
})
afterAll(() => api?.close())

const { service_id } = instanceBody()
const binding = { service_id, plan_id: plans['redis-dev'] }
const renamed = { service_id, context: { instance_name: 'new' } }

test.each<[string, string, string, object?]>([
  ['PUT', 'new', '?accepts_incomplete=true', instanceBody()],
  ['PATCH', 'there', '?accepts_incomplete=true', { service_id, plan_id: plans['redis-3node'] }],
  ['PATCH', 'there', '', renamed],
  ['DELETE', 'there', `?accepts_incomplete=true&${deleteQuery()}`],
  ['PUT', 'there', '/service_bindings/late', binding],
])('%s %s%s of a platform that has given up changes nothing', async (method, id, rest, body) => {
  const before = await records.operations.status(id)
  const answer = await api.request(method, `${instancePath(id)}${rest}`, body, AbortSignal.abort())
  expect(answer.status).toBe(503)
  expect(await records.operations.status(id)).toEqual(before)
  expect(await api.osb.bindings.find(id, 'late')).toBeUndefined()
})
