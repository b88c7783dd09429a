import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { FaultName } from '../../../stacks/local-aws/index.ts'
import { TestBroker } from '../../support/broker.ts'
import { logged } from '../../support/broker-log.ts'
import { groupOf } from '../../support/groups.ts'
import { serves, succeeds } from '../../support/instances.ts'
import { once } from '../../support/once.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import type { SharedBroker } from '../../support/shared-broker.ts'

const login = 'operator:operator'

export function refusals(broker: SharedBroker): void {
  const refuse = (call: string, fault: FaultName) =>
    broker().aws((aws) => aws.setBehaviour({ faults: [{ call, fault, times: 1 }] }))
  const attempts = (id: string) =>
    logged(broker(), 'attempt begins').filter(({ instance }) => instance === id).length

  const refused = once(async () => {
    const id = randomUUID()
    await refuse('createReplicationGroup', 'NodeQuotaForCustomerExceeded')
    await broker().provision(id)
    return { id, ended: await broker().ended(id), attempts: attempts(id) }
  })
  const repeated = once(async () => {
    const { id } = await refused()
    await refuse('createReplicationGroup', 'Throttling')
    const answer = await broker().request('POST', `/operator/instances/${id}/retry`, { login })
    await succeeds(broker(), id)
    return { id, answer, attempts: attempts(id) }
  })

  describe('what AWS refuses', () => {
    test('for good fails a creation at once, with what to do', async () => {
      const { ended, attempts } = await refused()
      expect(ended).toEqual({
        state: 'failed',
        description: expect.stringContaining(
          'AWS allows this account no more Redis nodes (NodeQuotaForCustomerExceeded). Please tell',
        ),
      })
      expect(attempts).toBe(1)
    })

    test('for a while is tried again, and an operator can have it tried that failed', async () => {
      const { id, answer, attempts } = await repeated()
      expect(answer.status).toBe(202)
      expect(attempts).toBe(3)
      expect(await serves(broker(), id)).toBe(true)
    })
  })

  test('a change for which AWS would make the Redis anew is refused, and its data stays', async () => {
    const { id } = await repeated()
    const client = loginOf((await broker().bind(id, 'key')).body.credentials)
    await withRedis(client, (redis) => redis.set('of', id))

    await broker().stop()
    const other = await TestBroker.start({
      DATA_DIR: broker().dataDirectory,
      DRIFT_SCHEDULE: 'off',
      REDIS_PORT: '6380',
    })
    await other.update(id, { parameters: { engineVersion: '7.0' } })
    expect(await other.ended(id)).toEqual({
      state: 'failed',
      description: expect.stringContaining('This would delete the Redis and its data and make a new one'),
      instance_usable: true,
      update_repeatable: false,
    })
    const reconciled = await other.request('POST', `/operator/drift/reconcile/${id}`, { login })
    expect(reconciled).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('would be replaced, and its data lost. Nothing was done.') },
    })
    await other.stop()
    await broker().start()
    expect(await withRedis(client, (redis) => redis.get('of'))).toBe(id)
  })

  test('a deletion that AWS refuses leaves the instance in use, and can be repeated', async () => {
    const { id } = await repeated()
    await refuse('deleteReplicationGroup', 'AccessDenied')
    await broker().deprovision(id)
    expect(await broker().ended(id)).toEqual({
      state: 'failed',
      description: expect.stringContaining('AWS does not allow the broker to do this (AccessDenied).'),
      instance_usable: true,
    })
    expect(await serves(broker(), id)).toBe(true)
    expect((await broker().deprovision(id)).status).toBe(202)
    await succeeds(broker(), id)
    expect(await groupOf(broker(), id)).toBeUndefined()
  })
}
