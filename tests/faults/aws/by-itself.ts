import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { instancePath } from '../../support/broker.ts'
import { succeeds } from '../../support/instances.ts'
import { once } from '../../support/once.ts'
import { runCommand } from '../../support/program.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import type { SharedBroker } from '../../support/shared-broker.ts'
import { until } from '../../support/until.ts'

export function byItself(broker: SharedBroker): void {
  const description = async (id: string): Promise<string> =>
    (await broker().request('GET', `${instancePath(id)}/last_operation`)).body.description

  /** Three nodes, for which AWS found no room at first. */
  const created = once(async () => {
    const id = randomUUID()
    await broker().aws((aws) =>
      aws.setBehaviour({
        creationMilliseconds: 1000,
        creationFailures: [{ times: 1, reason: 'No capacity.' }],
      }),
    )
    await broker().provision(id, 'redis-3node')
    await until(async () =>
      (await description(id)).includes(
        "(unexpected state 'create-failed'); the broker tries again by itself",
      ),
    )
    await succeeds(broker(), id)
    await broker().aws((aws) => aws.setBehaviour({}))
    return id
  })
  const use = async <T>(id: string, work: Parameters<typeof withRedis<T>>[1]) =>
    withRedis(loginOf((await broker().bind(id, 'key', 'redis-3node')).body.credentials), work)

  describe('what AWS does by itself', () => {
    test('a creation that it finds no room for after a while says so, is tried again, and then succeeds', async () => {
      const id = await created()
      expect(await use(id, (redis) => redis.ping())).toBe('PONG')
    })

    test('a failover, and a new node in the place of one, keep the data behind the same credentials, and are no drift', async () => {
      const id = await created()
      await use(id, (redis) => redis.set('kept', 'over a failover'))
      await broker().aws((aws) => aws.failover(`cf-${id}`))
      expect(await use(id, (redis) => redis.get('kept'))).toBe('over a failover')
      await use(id, (redis) => redis.set('kept', 'over a replacement'))
      await use(id, (redis) => redis.wait(2, 5000))
      await broker().aws((aws) => aws.replaceNode(`cf-${id}-001`))
      expect(await use(id, (redis) => redis.get('kept'))).toBe('over a replacement')
      const { stdout } = await runCommand(['drift', '--json', id], broker())
      expect(JSON.parse(stdout).instances).toMatchObject([{ state: 'clean' }])
    })

    test('while it is busy with the group an update waits', async () => {
      const id = await created()
      await broker().aws((aws) => aws.keepBusy(`cf-${id}`, 'snapshotting', 3_600_000))
      await broker().update(id, { parameters: { rotateCredentials: true } })
      await until(async () =>
        (await description(id)).startsWith('waiting for the replication group, which is snapshotting'),
      )
      await broker().aws((aws) => aws.finishWaits())
      await succeeds(broker(), id)
    })
  })
}
