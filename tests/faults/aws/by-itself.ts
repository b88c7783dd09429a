import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { serves, succeeds } from '../support/instances.ts'
import { runCommand } from '../support/program.ts'
import { loginOf, withRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
const id = randomUUID()
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await broker.created(id, 'redis-3node')
})
afterAll(() => broker?.remove())
afterEach(() => broker.aws((aws) => aws.setBehaviour({})))

const use = async <T>(work: Parameters<typeof withRedis<T>>[1]) =>
  withRedis(loginOf((await broker.bind(id, 'key', 'redis-3node')).body.credentials), work)
/** An update that can be repeated. */
const rotate = () => broker.update(id, { parameters: { rotateCredentials: true, force: true } })
const drift = async () => JSON.parse((await runCommand(['drift', '--json', id], broker)).stdout)

describe('what AWS does to a Redis by itself', () => {
  test('a failover keeps the data behind the same credentials, and is no drift', async () => {
    await use((redis) => redis.set('kept', 'over a failover'))
    await broker.aws((aws) => aws.failover(`cf-${id}`))
    expect(await use((redis) => redis.get('kept'))).toBe('over a failover')
    await use((redis) => redis.set('kept', 'after it'))
    expect(await use((redis) => redis.get('kept'))).toBe('after it')
    expect((await drift()).instances).toMatchObject([{ state: 'clean' }])
  })

  test('a replaced node has the data, and is no drift', async () => {
    await use((redis) => redis.set('kept', 'over a replacement'))
    await use((redis) => redis.wait(2, 5000))
    await broker.aws((aws) => aws.replaceNode(`cf-${id}-001`))
    expect(await use((redis) => redis.get('kept'))).toBe('over a replacement')
    expect((await drift()).instances).toMatchObject([{ state: 'clean' }])
  })

  test.each(['snapshotting', 'modifying'] as const)(
    'while it keeps the group %s, a check leaves it out and an update waits',
    async (status) => {
      await broker.aws((aws) => aws.keepBusy(`cf-${id}`, status, 3_600_000))
      expect((await drift()).skipped).toMatchObject([{ reason: expect.stringContaining(status) }])
      await rotate()
      await until(async () => {
        const { body } = await broker.request('GET', `/v2/service_instances/${id}/last_operation`)
        return body.description.startsWith(`waiting for the replication group, which is ${status}`)
      })
      await broker.aws((aws) => aws.finishWaits())
      await succeeds(broker, id)
    },
  )
})

test('a creation that AWS finds no room for after a while is tried again, and then succeeds', async () => {
  const late = randomUUID()
  await broker.aws((aws) =>
    aws.setBehaviour({
      creationMilliseconds: 1000,
      creationFailures: [{ times: 1, reason: 'No capacity.' }],
    }),
  )
  await broker.provision(late)
  await succeeds(broker, late)
  expect(await serves(broker, late)).toBe(true)
  const { stdout } = await runCommand(['log', late], broker)
  expect(stdout).toContain("unexpected state 'create-failed'")
})

test.each([
  ['InvalidCacheClusterState', 'succeeded', /New credentials/],
  ['TagQuotaPerResourceExceeded', 'failed', /AWS takes no more tags for this Redis/],
] as const)('%s ends an update as %s', async (fault, state, description) => {
  await broker.aws((aws) => aws.setBehaviour({ faults: [{ call: 'addTagsToResource', fault, times: 1 }] }))
  await rotate()
  expect(await broker.ended(id)).toMatchObject({ state, description: expect.stringMatching(description) })
})
