import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { groupConfiguration, threeNodes } from '../group-configuration.ts'
import { machine } from './site.ts'

export function changedWorld(): void {
  test('what changed behind the back of Terraform is drift, and an apply brings it back', async () => {
    const stack = await machine.stack(groupConfiguration('moved', threeNodes))
    await stack.apply()
    await machine.aws.modifyReplicationGroup('moved', { snapshotRetentionLimit: 1 })
    await machine.aws.addTags('moved', { by: 'hand' })
    await machine.aws.killNode('moved-003')

    const plan = await stack.plan()
    expect(plan.actions).toEqual(['update'])
    expect(plan.driftedAttributes.sort()).toEqual([
      'member_clusters',
      'node_group_configuration',
      'num_cache_clusters',
      'replicas_per_node_group',
      'snapshot_retention_limit',
      'tags',
      'tags_all',
    ])
    expect(plan.replacePaths).toEqual([])

    expect(await stack.apply()).toMatchObject({ ok: true })
    expect(await machine.aws.listReplicationGroups()).toContainEqual(
      expect.objectContaining({
        replicationGroupId: 'moved',
        snapshotRetentionLimit: 3,
        tags: { instance: 'moved' },
        memberClusters: ['moved-001', 'moved-002', 'moved-003'],
      }),
    )
    expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
  })

  test('a read waits until the group is available, since AWS does not tell its tags before', async () => {
    const stack = await machine.stack(groupConfiguration('busy'))
    await stack.apply()
    machine.aws.setBehaviour({ modificationMilliseconds: 60_000 })
    await machine.aws.modifyReplicationGroup('busy', { snapshotRetentionLimit: 9 })
    machine.aws.setBehaviour({})
    let ended = false
    const plan = stack.plan().finally(() => {
      ended = true
    })
    await sleep(5000)
    expect(ended).toBe(false)
    await machine.aws.finishWaits()
    expect((await plan).driftedAttributes).toContain('snapshot_retention_limit')
  })

  test('a failover is no drift; a version that AWS has passed by itself would be a replacement', async () => {
    const stack = await machine.stack(
      groupConfiguration('evolving', { ...threeNodes, engine_version: '6.0' }),
    )
    await stack.apply()
    await machine.aws.failover('evolving')
    expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })

    await machine.aws.upgradeMinorVersion('evolving')
    const plan = await stack.plan()
    expect(plan.driftedAttributes).toEqual(['engine_version', 'engine_version_actual'])
    expect(plan.replacePaths).toEqual(['engine_version'])
    await stack.configure(groupConfiguration('evolving', { ...threeNodes, engine_version: '6.2' }))
    expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
  })

  test('a group that was deleted by hand is planned anew', async () => {
    const stack = await machine.stack(groupConfiguration('deleted'))
    await stack.apply()
    await machine.aws.deleteReplicationGroup('deleted')
    expect(await stack.plan()).toMatchObject({ actions: ['create'], driftedAttributes: ['everything'] })
    expect(await stack.destroy()).toMatchObject({ ok: true })
  })
}
