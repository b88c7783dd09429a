import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRedis } from '../../support/redis.ts'
import { groupConfiguration } from './group-configuration.ts'
import { type Machine, openMachine } from './machine.ts'

let machine: Machine

beforeAll(async () => {
  machine = await openMachine()
  await machine.attach()
})
afterAll(() => machine?.remove())

async function access(stack: { outputs(): Promise<Record<string, string>> }) {
  const { hostname, password } = await stack.outputs()
  return { host: String(hostname), password: String(password), ca: await machine.aws.caCertificate() }
}

test('a final snapshot outlives its group, and a new group starts from it', async () => {
  const old = await machine.stack(groupConfiguration('old', { final_snapshot_identifier: 'last-words' }))
  expect(await old.apply()).toMatchObject({ ok: true })
  await withRedis(await access(old), (redis) => redis.sendCommand(['SET', 'kept', 'yes']))
  expect(await old.destroy()).toMatchObject({ ok: true })
  const ofOld = ({ replicationGroupId }: { replicationGroupId: string }) => replicationGroupId === 'old'
  expect((await machine.aws.listReplicationGroups()).filter(ofOld)).toEqual([])
  expect(machine.aws.listSnapshots().filter(ofOld)).toMatchObject([{ snapshotName: 'last-words' }])

  const configuration = groupConfiguration('new', { snapshot_name: 'last-words', num_cache_clusters: 2 })
  const restored = await machine.stack(configuration)
  expect(await restored.apply()).toMatchObject({ ok: true })
  const { host, ...rest } = await access(restored)
  const { reader } = await restored.outputs()
  expect(
    await withRedis({ host: String(reader), ...rest }, (redis) => redis.sendCommand(['GET', 'kept'])),
  ).toBe('yes')
  expect(await restored.plan()).toMatchObject({ actions: ['no-op'] })

  await withRedis({ host, ...rest }, (redis) => redis.sendCommand(['SET', 'newer', 'too']))
  await machine.aws.stop()
  await machine.aws.start()
  expect(await withRedis({ host, ...rest }, (redis) => redis.sendCommand(['MGET', 'kept', 'newer']))).toEqual(
    ['yes', 'too'],
  )
})

test('a snapshot that is not there, or one too many of a name, is refused', async () => {
  const unknown = await machine.stack(groupConfiguration('unknown', { snapshot_name: 'nowhere' }))
  expect((await unknown.apply()).text).toContain('SnapshotNotFoundFault')

  const taken = await machine.stack(groupConfiguration('taken', { final_snapshot_identifier: 'twice' }))
  await taken.apply()
  await machine.aws.createSnapshot('taken', 'twice')
  expect((await taken.destroy()).text).toContain('SnapshotAlreadyExistsFault')
  await machine.aws.deleteSnapshot('twice')
  expect(await taken.destroy()).toMatchObject({ ok: true })
})

test('a snapshot has the tags of its group, and a group that starts from it has those of the snapshot', async () => {
  const source = await machine.stack(groupConfiguration('tagged', { tags: { owner: 'one', space: 'here' } }))
  await source.apply()
  await machine.aws.createSnapshot('tagged', 'with-tags')
  const [snapshot] = machine.aws.listSnapshots().filter(({ snapshotName }) => snapshotName === 'with-tags')
  expect(snapshot?.tags).toEqual({ owner: 'one', space: 'here' })

  const copy = await machine.stack(
    groupConfiguration('copied', { snapshot_name: 'with-tags', tags: { owner: 'two' } }),
  )
  await copy.apply()
  const [group] = await machine.aws.describeReplicationGroups('copied')
  expect(await machine.aws.listTags(group?.arn ?? '')).toEqual({ owner: 'two', space: 'here' })
})

test('an older engine does not read what a newer one has written', async () => {
  const newer = await machine.stack(groupConfiguration('newer', { engine_version: '7.0' }))
  await newer.apply()
  await machine.aws.createSnapshot('newer', 'of-seven')
  const older = await machine.stack(groupConfiguration('older', { snapshot_name: 'of-seven' }))
  const { ok, text } = await older.apply()
  expect(ok).toBe(false)
  expect(text).toMatch(/InvalidParameterCombination: .*redis\s+7\.0\.7\s+can't\s+be\s+restored/)
})

test('the snapshots that AWS takes by itself are as many as the group keeps, and go with it', async () => {
  const daily = await machine.stack(groupConfiguration('daily', { snapshot_retention_limit: 2 }))
  await daily.apply()
  for (const day of ['25', '26', '27']) {
    await machine.aws.takeDailySnapshot('daily', new Date(`2026-11-${day}T06:00:00Z`))
  }
  const names = () =>
    machine.aws.listSnapshots().flatMap((one) => (one.replicationGroupId === 'daily' ? one.snapshotName : []))
  expect(names()).toEqual(['automatic.daily-2026-11-26-06-00', 'automatic.daily-2026-11-27-06-00'])
  await machine.aws.createSnapshot('daily', 'by-hand')
  await daily.destroy()
  expect(names()).toEqual(['by-hand'])
})

test('Redis becomes Valkey with its data and its address, and never Redis again', async () => {
  const stack = await machine.stack(groupConfiguration('turned'))
  await stack.apply()
  const before = await access(stack)
  await withRedis(before, (redis) => redis.set('kept', 'yes'))
  await stack.configure(groupConfiguration('turned', { engine: 'valkey', engine_version: '8.0' }))
  expect(await stack.plan()).toMatchObject({ actions: ['update'] })
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await access(stack)).toEqual(before)
  expect(await withRedis(before, (redis) => redis.get('kept'))).toBe('yes')
  expect(await machine.aws.describeReplicationGroups('turned')).toMatchObject([
    { engine: 'valkey', engineVersion: '8.0.1', cacheParameterGroupName: 'default.valkey8' },
  ])
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
  await expect(
    machine.aws.modifyReplicationGroup('turned', { engine: 'redis', engineVersion: '7.1' }),
  ).rejects.toThrow('Cannot change the engine from valkey to redis.')

  await machine.aws.createSnapshot('turned', 'of-valkey')
  const back = await machine.stack(
    groupConfiguration('back', { snapshot_name: 'of-valkey', engine_version: '7.1' }),
  )
  expect((await back.apply()).text).toContain('InvalidParameterCombination')
})
