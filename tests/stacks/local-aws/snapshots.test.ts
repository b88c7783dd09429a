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
  expect(await machine.aws.listReplicationGroups()).toEqual([])
  expect(machine.aws.listSnapshots()).toMatchObject([
    { snapshotName: 'last-words', replicationGroupId: 'old' },
  ])

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
