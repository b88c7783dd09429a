import { randomUUID } from 'node:crypto'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { instancePath } from '../../../support/broker.ts'
import { succeeds } from '../../../support/instances.ts'
import { loginOf, withRedis } from '../../../support/redis.ts'
import { sharedBroker } from '../../../support/shared-broker.ts'

/** The instance whose credentials are rotated. */
export const id = randomUUID()

/** All that bindings were given. */
export const given: RedisCredentials[] = []

let found: Awaited<ReturnType<typeof beforeRotations>> | undefined
export const broker = sharedBroker({ DRIFT_SCHEDULE: 'off' }, async (started) => {
  await started.created(id)
  found = await beforeRotations()
})

/** What was answered before any rotation. */
export function fresh() {
  if (!found) throw new Error('The instance is there once the tests run.')
  return found
}

async function beforeRotations() {
  const first = await bound('first')
  const path = `/operator/instances/${id}/retire`
  return {
    first,
    retired: await retire(),
    asked: await broker().request('POST', path, { login: 'operator:operator', body: {} }),
    fetched: await fetched('first'),
    successor: await broker().bind(id, 'early', 'redis-dev', { predecessor_binding_id: 'first' }),
  }
}

export const rotate = (more: object = {}) =>
  broker().update(id, { parameters: { rotateCredentials: true, ...more } })
export const retire = () => broker().update(id, { parameters: { retireOldCredentials: true } })

export async function bound(binding: string): Promise<RedisCredentials> {
  const { credentials } = (await broker().bind(id, binding)).body
  given.push(credentials)
  return credentials
}
export const fetched = async (binding: string) =>
  (await broker().request('GET', `${instancePath(id)}/service_bindings/${binding}`)).body.credentials
export const instance = async () => (await broker().request('GET', instancePath(id))).body
export const ping = (credentials: RedisCredentials) =>
  withRedis(loginOf(credentials), (redis) => redis.ping())
export const described = async () =>
  (await broker().request('GET', `${instancePath(id)}/last_operation`)).body.description

export interface Rotation {
  /** Of the bindings before and after it. */
  names: { old: string; renewed: string }
  old: RedisCredentials
  renewed: RedisCredentials
  /** Of the answer to the request. */
  status: number
}

let latest: Rotation | undefined

/** The latest rotation, of a test before or for this one: its old credentials still work. */
export const rotation = async (): Promise<Rotation> => latest ?? (await rotated())

/** Rotates, and binds before and after it. */
export async function rotated(): Promise<Rotation> {
  await settled()
  const names = { old: `old-${randomUUID()}`, renewed: `renewed-${randomUUID()}` }
  const old = await bound(names.old)
  const { status } = await rotate()
  await succeeds(broker(), id)
  latest = { names, old, status, renewed: await bound(names.renewed) }
  return latest
}

/** Retires whatever is left of a rotation before. */
export async function settled(): Promise<void> {
  latest = undefined
  if ((await retire()).status === 202) await succeeds(broker(), id)
}
