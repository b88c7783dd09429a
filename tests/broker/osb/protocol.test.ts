import { expect, test } from 'vitest'
import { deleteQuery } from '../../support/broker.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { sharedBroker } from '../../support/shared-broker.ts'
import { bodies } from './protocol/bodies.ts'
import { everyEndpoint } from './protocol/every-endpoint.ts'
import { idsInPaths } from './protocol/ids-in-paths.ts'
import { requestLog } from './protocol/request-log.ts'
import { instance, raw, version } from './protocol/requests.ts'

/** No instance is ever made. */
const broker = sharedBroker({ TRUSTED_PROXIES: '1' })

everyEndpoint(broker)
bodies(broker)
idsInPaths(broker)
requestLog(broker)

test.each(['2.11', '2.13', '2.15', '2.17'])('speaks to platforms of version %s', async (spoken) => {
  for (const name of ['X-Broker-API-Version', 'X-Broker-Api-Version', 'x-broker-api-version']) {
    expect((await raw(broker(), 'GET', '/v2/catalog', { [name]: spoken })).status).toBe(200)
  }
})
test('wrong logins lock nobody out: Cloud Controller repeats them', async () => {
  // From an address of its own: all further wrong logins of the address that the other tests have would wait.
  const headers = { 'X-Forwarded-For': '192.0.2.1' }
  const asked = async (login?: string) =>
    (await broker().request('GET', '/v2/catalog', { headers, ...(login ? { login } : {}) })).status
  for (let tries = 0; tries < 20; tries++) expect(await asked('broker:wrong')).toBe(401)
  expect(await asked()).toBe(200)
})

test('query keys given twice do no harm', async () => {
  const twice = `${instance}?accepts_incomplete=true&accepts_incomplete=false&${deleteQuery()}&${deleteQuery()}`
  expectRefusal(await broker().request('DELETE', twice), 410)
})
test('HEAD of the catalog answers like GET, without the body', async () => {
  const response = await raw(broker(), 'HEAD', '/v2/catalog', version)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})
