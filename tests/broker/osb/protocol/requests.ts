import { serviceId } from '../../../../broker/catalog/catalog.ts'
import { deleteQuery, instanceBody, instancePath, plans, type TestBroker } from '../../../support/broker.ts'

/** With the platform's login and these headers only. */
export function raw(
  broker: TestBroker,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: RequestInit['body'],
) {
  const login = { Authorization: `Basic ${btoa('broker:broker')}` }
  const init = {
    method,
    headers: { ...login, ...headers },
    ...(body ? { body, duplex: 'half' as const } : {}),
  }
  return fetch(broker.url + path, init)
}
export const version = { 'X-Broker-API-Version': '2.17' }

export const instance = instancePath('some-instance')
const binding = `${instance}/service_bindings/some-binding`
export const bindBody = { service_id: serviceId, plan_id: plans['redis-dev'] }

/** Every endpoint with a request that is well-formed, and what it gets while there is no instance. */
export const endpoints: { method: string; path: string; body?: object; status: number }[] = [
  { method: 'GET', path: '/v2/catalog', status: 200 },
  { method: 'PUT', path: instance, body: instanceBody(), status: 422 },
  { method: 'GET', path: instance, status: 404 },
  { method: 'PATCH', path: instance, body: { service_id: serviceId }, status: 404 },
  { method: 'DELETE', path: `${instance}?${deleteQuery()}`, status: 410 },
  { method: 'GET', path: `${instance}/last_operation`, status: 404 },
  { method: 'PUT', path: binding, body: bindBody, status: 404 },
  { method: 'GET', path: binding, status: 404 },
  { method: 'DELETE', path: `${binding}?${deleteQuery()}`, status: 410 },
  { method: 'GET', path: `${binding}/last_operation`, status: 404 },
  { method: 'GET', path: '/v2/nothing', status: 404 },
  { method: 'POST', path: instance, body: instanceBody(), status: 404 },
]
