import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { instanceBody, instancePath, plans } from '../../support/broker.ts'
import { finishWaits, groupOf, untilGroupIs } from '../../support/groups.ts'
import { serves, succeeds } from '../../support/instances.ts'
import { once } from '../../support/once.ts'
import { runCommand } from '../../support/program.ts'
import type { SharedBroker } from '../../support/shared-broker.ts'
import { until } from '../../support/until.ts'

export function partlyTaken(broker: SharedBroker): void {
  const fetched = async (id: string) => (await broker().request('GET', instancePath(id))).body
  const runs = async (id: string, version: string) =>
    (await fetched(id)).parameters?.engineVersion === version

  /** Whatever has happened before, its users can go on with something else. */
  async function expectNobodyIsStuck(id: string): Promise<void> {
    const context = { ...instanceBody().context, instance_name: 'renamed' }
    const parameters = { rotateCredentials: true, force: true }
    expect((await broker().update(id, { context, parameters })).status).toBe(202)
    await succeeds(broker(), id)
    expect(await serves(broker(), id)).toBe(true)
  }

  /** One whose version goes up in each test. */
  const withOldVersion = once(async () => {
    const id = randomUUID()
    await broker().created(id, 'redis-dev', { parameters: { engineVersion: '6.0' } })
    return id
  })

  describe('an update that AWS has taken in part', () => {
    test('and that failed then: the version that runs is on record, and nobody is stuck', async () => {
      const id = randomUUID()
      await broker().created(id, 'redis-3node')
      await broker().aws((aws) =>
        aws.setBehaviour({ faults: [{ call: 'decreaseReplicaCount', fault: 'AccessDenied', times: 1 }] }),
      )
      const change = { plan_id: plans['redis-dev'], parameters: { engineVersion: '7.0' } }
      await broker().update(id, change)
      expect(await broker().ended(id)).toMatchObject({ state: 'failed', instance_usable: true })
      await until(() => runs(id, '7.0'))
      expect(await fetched(id)).toMatchObject({ plan_id: plans['redis-3node'] })
      await expectNobodyIsStuck(id)
      expect((await groupOf(broker(), id))?.memberClusters).toHaveLength(3)
      await broker().update(id, change)
      await succeeds(broker(), id)
      expect((await groupOf(broker(), id))?.memberClusters).toHaveLength(1)
    })

    test('and that an operator cancelled: the version is read back once AWS is done', async () => {
      const id = await withOldVersion()
      await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
      await broker().update(id, { parameters: { engineVersion: '6.2' } })
      await untilGroupIs(broker(), id, 'modifying')
      const login = 'operator:operator'
      await broker().request('POST', `/operator/instances/${id}/cancel`, { login })
      expect(await broker().ended(id)).toMatchObject({ state: 'failed' })
      await finishWaits(broker())
      await until(() => runs(id, '6.2'))
      await expectNobodyIsStuck(id)
      const back = await broker().update(id, { parameters: { engineVersion: '6.0' } })
      expect(back.body.description).toMatch(/Redis 6\.2 back to Redis 6\.0/)
    })
  })

  test('a version that AWS brings up while nobody looks does not stand in the way of an update; the next one is drift once, and then what the instance is', async () => {
    const id = await withOldVersion()
    await broker().aws((aws) => aws.modifyReplicationGroup(`cf-${id}`, { engineVersion: '7.0' }))
    await expectNobodyIsStuck(id)
    expect(await fetched(id)).toMatchObject({ parameters: { engineVersion: '7.0' } })

    await broker().aws((aws) => aws.modifyReplicationGroup(`cf-${id}`, { engineVersion: '7.1' }))
    const drift = async () =>
      JSON.parse((await runCommand(['drift', '--json', id], broker())).stdout).instances[0]
    const check = await drift()
    expect(check.state).toBe('drifted')
    expect(check.findings).toContainEqual(
      expect.objectContaining({ attribute: 'engine_version_actual', before: '7.0.7', after: '7.1.0' }),
    )
    expect(check.findings.map(({ change }: { change: string }) => change)).not.toContain('replaced')
    expect(await fetched(id)).toMatchObject({ parameters: { engineVersion: '7.1' } })
    await expectNobodyIsStuck(id)
    expect((await drift()).state).toBe('clean')
  })
}
