import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { groupConfiguration, threeNodes } from './group-configuration.ts'
import { type Machine, openMachine } from './machine.ts'
import { isAlive, nodeProcesses } from './nodes.ts'

/** Whatever dies, and whenever: nothing is lost, nothing is left behind. */
let machine: Machine

beforeAll(async () => {
  machine = await openMachine()
})
afterEach(() => machine.aws.setBehaviour({}))
afterAll(() => machine?.remove())

const statusOf = async (id: string) => {
  const groups = await machine.aws.listReplicationGroups()
  return groups.find(({ replicationGroupId }) => replicationGroupId === id)?.status
}

test('a create that is killed in the wait leaves the group, which becomes available by itself', async () => {
  machine.aws.setBehaviour({ creationMilliseconds: 60_000 })
  const stack = await machine.stack(groupConfiguration('left-alone'))
  const apply = stack.start('apply', '-auto-approve')
  await until(async () => (await statusOf('left-alone')) === 'creating')
  process.kill(-Number(apply.pid), 'SIGKILL')
  await apply

  expect(await stack.terraform('state', 'list')).toMatchObject({
    text: expect.stringContaining('No state file'),
  })
  expect(await statusOf('left-alone')).toBe('creating')
  const again = await stack.apply()
  expect(again.ok).toBe(false)
  expect(again.text).toContain('ReplicationGroupAlreadyExists')

  await machine.aws.finishWaits()
  expect(await statusOf('left-alone')).toBe('available')
})

test('an interrupted create ends soon and keeps the group in the state, tainted', async () => {
  machine.aws.setBehaviour({ creationMilliseconds: 60_000 })
  const stack = await machine.stack(groupConfiguration('interrupted'))
  const apply = stack.start('apply', '-auto-approve')
  await until(async () => (await statusOf('interrupted')) === 'creating')
  process.kill(Number(apply.pid), 'SIGINT')
  expect(String((await apply).all)).toContain('context canceled')
  const { text } = await stack.terraform('state', 'pull')
  expect(JSON.parse(text).resources[0].instances[0]).toMatchObject({ status: 'tainted' })
})

test('a plugin that dies before it has created a group leaves none, and one that dies after it leaves it', async () => {
  const stack = await machine.stack(groupConfiguration('unlucky'))
  const call = 'createReplicationGroup'
  for (const [when, left] of [
    ['before', undefined],
    ['after', 'available'],
  ] as const) {
    machine.aws.setBehaviour({ deaths: [{ call, when, times: 1 }] })
    const { ok, text } = await stack.apply()
    expect(ok).toBe(false)
    expect(text).toMatch(/Plugin did not respond|Request cancelled/)
    expect(await statusOf('unlucky')).toBe(left)
  }
})

test('a plugin that dies while it deletes a group: the next call finishes the deletion', async () => {
  const stack = await machine.stack(groupConfiguration('going', threeNodes))
  await stack.apply()
  const pids = await nodeProcesses(machine.dataDirectory, 'going')
  machine.aws.setBehaviour({
    deletionMilliseconds: 60_000,
    deaths: [{ call: 'deleteReplicationGroup', when: 'after', times: 1 }],
  })
  expect(await stack.destroy()).toMatchObject({ ok: false })
  expect(await statusOf('going')).toBe('deleting')
  await machine.aws.finishWaits()
  expect(await stack.destroy()).toMatchObject({ ok: true })
  expect(await statusOf('going')).toBe(undefined)
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false])
  expect(await readdir(join(machine.dataDirectory, 'groups'))).not.toContain('going')
})

test('of two creates of the same group one wins and the other is told', async () => {
  const stacks = await Promise.all([
    machine.stack(groupConfiguration('wanted-twice')),
    machine.stack(groupConfiguration('wanted-twice')),
  ])
  const runs = await Promise.all(stacks.map((stack) => stack.apply()))
  expect(runs.map(({ ok }) => ok).sort()).toEqual([false, true])
  expect(runs.find(({ ok }) => !ok)?.text).toContain('ReplicationGroupAlreadyExists')
  expect(await nodeProcesses(machine.dataDirectory, 'wanted-twice')).toHaveLength(1)
})

describe('with one plugin that keeps running', () => {
  beforeAll(() => machine.attach())

  test('faults strike as often as told, and then no more; an update that fails is planned again', async () => {
    machine.aws.setBehaviour({
      faults: [
        { call: 'createReplicationGroup', fault: 'Throttling', times: 1, message: 'Rate exceeded' },
        { call: 'createReplicationGroup', fault: 'InsufficientCacheClusterCapacity', times: 1 },
      ],
    })
    const stack = await machine.stack(groupConfiguration('third-time-lucky'))
    const texts = [await stack.apply(), await stack.apply(), await stack.apply()].map(({ text }) => text)
    expect(texts[0]).toContain('api error Throttling: Rate exceeded')
    expect(texts[1]).toContain('InsufficientCacheClusterCapacity: ')
    expect(texts[2]).toContain('Apply complete!')
    machine.aws.setBehaviour({
      faults: [{ call: 'modifyReplicationGroup', fault: 'RequestLimitExceeded', times: 1 }],
    })
    await stack.configure(groupConfiguration('third-time-lucky', { node_type: 'cache.t3.small' }))
    expect((await stack.apply()).text).toContain('api error RequestLimitExceeded')
    expect(await stack.plan()).toMatchObject({ actions: ['update'] })
    expect(await stack.apply()).toMatchObject({ ok: true })
  })

  test('Terraform runs side by side make their groups side by side', async () => {
    const ids = ['side-a', 'side-b']
    const stacks = await Promise.all(ids.map((id) => machine.stack(groupConfiguration(id))))
    const runs = await Promise.all(stacks.map((stack) => stack.apply()))
    expect(runs.map(({ ok }) => ok)).toEqual([true, true])
    const groups = (await machine.aws.listReplicationGroups()).filter((group) =>
      ids.includes(group.replicationGroupId),
    )
    expect(new Set(groups.map(({ primaryEndpoint }) => primaryEndpoint?.address)).size).toBe(ids.length)
  })

  test('a port that is taken leaves a failed group, which can be deleted', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen({ host: '0.0.0.0', port: 0 }, resolve))
    const { port } = server.address() as { port: number }
    try {
      const stack = await machine.stack(groupConfiguration('no-room', { port }))
      const { ok, text } = await stack.apply()
      expect(ok).toBe(false)
      expect(text).toContain("unexpected state 'create-failed'")
      expect(text).toContain(`Port ${port} is taken`)
      // As on AWS, its tags are not told, and Terraform reads them first.
      const destroyed = await stack.destroy()
      expect(destroyed).toMatchObject({ ok: false, text: expect.stringContaining('ListTagsForResource') })
      await machine.aws.deleteReplicationGroup('no-room')
      expect(await stack.destroy()).toMatchObject({ ok: true })
      expect(await statusOf('no-room')).toBe(undefined)
    } finally {
      server.close()
    }
  })
})
