import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { makeGroup, untilGroupIs } from '../../support/groups.ts'
import { runCommand } from '../../support/program.ts'

const own = 'elasticache-redis-broker'

/** The instance that is there. */
const id = randomUUID()

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await broker.created(id)
})
afterAll(() => broker?.remove())

async function orphans(...options: string[]) {
  const { code, stdout, stderr } = await runCommand(['orphans', '--yes', ...options], broker)
  return { exitCode: code, stdout, stderr }
}

async function listed(): Promise<{ group: string }[]> {
  const { body } = await broker.request('GET', '/operator/orphans', { login: 'operator:operator' })
  return body.orphans
}

async function groups(): Promise<string[]> {
  const all = await broker.aws((aws) => aws.listReplicationGroups())
  return all.filter(({ status }) => status !== 'deleting').map(({ replicationGroupId }) => replicationGroupId)
}

test('without orphans there is nothing to say, and the exit code is 0', async () => {
  expect(await orphans()).toMatchObject({ exitCode: 0, stdout: 'No orphans: AWS and the records agree.' })
})

test('a group of ours that no instance has is listed, and deleted only when that is asked for', async () => {
  const guid = randomUUID()
  await makeGroup(broker, 'cf-orphan', { broker: own, 'Instance GUID': guid, 'Instance name': 'lost' })
  await makeGroup(broker, 'other-broker', { broker: 'another', 'Instance GUID': guid })
  await makeGroup(broker, 'untagged', {})

  const told = await orphans()
  expect(told.exitCode).toBe(2)
  expect(told.stdout).toContain('cf-orphan')
  expect(told.stdout).toContain('no instance has it')
  expect(told.stdout).not.toMatch(/other-broker|untagged/)
  expect(await listed()).toEqual([
    { kind: 'unknown', group: 'cf-orphan', instance: guid, name: 'lost', status: 'available' },
  ])
  expect(await groups()).toContain('cf-orphan')

  // One that has come since the list was read is not deleted along with it.
  await makeGroup(broker, 'cf-later', { broker: own, 'Instance GUID': randomUUID() })
  const unnamed = await orphans('--delete')
  expect(unnamed).toMatchObject({ exitCode: 1, stdout: '' })
  expect(unnamed.stderr).toContain('argument missing')
  expect((await orphans('cf-orphan')).exitCode).toBe(1)
  expect(await groups()).toContain('cf-orphan')
  expect(await orphans('--delete', 'cf-orphan')).toMatchObject({
    exitCode: 0,
    stdout: 'cf-orphan: being deleted',
  })
  const left = await groups()
  expect(left).not.toContain('cf-orphan')
  expect(left).toEqual(expect.arrayContaining(['other-broker', 'untagged', 'cf-later']))
  expect((await orphans('--delete', 'cf-later')).exitCode).toBe(0)
  expect(await listed()).toEqual([])
})

test('only a group of ours that no instance has is deleted', async () => {
  await makeGroup(broker, 'of-another', { broker: 'another', 'Instance GUID': randomUUID() })
  await makeGroup(broker, 'cf-lost', { broker: own, 'Instance GUID': randomUUID() })
  // Nobody is asked whether one is to be deleted that can't be.
  expect(await runCommand(['orphans', '--delete', 'cf-lost', 'absent'], broker)).toMatchObject({
    code: 1,
    stderr: "absent can't be deleted: There is no such replication group.\nNothing was done.",
  })
  expect((await runCommand(['orphans', '--delete', 'cf-lost'], broker)).stderr).toBe(
    'cf-lost would be deleted with all data. Nothing was done: give --yes if that is meant.',
  )
  expect(await groups()).toContain('cf-lost')
  const { exitCode, stdout } = await orphans(
    '--delete',
    `cf-${id}`,
    'of-another',
    'cf-lost',
    'absent',
    '--json',
  )
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout).deletions).toEqual([
    {
      group: `cf-${id}`,
      refusal: `It belongs to the instance my-redis ${id}, which cf delete-service deletes.`,
    },
    { group: 'of-another', refusal: 'It does not have the tags of this broker: it is of others.' },
    { group: 'cf-lost', refusal: null },
    { group: 'absent', refusal: 'There is no such replication group.' },
  ])
  expect(await groups()).toEqual(expect.arrayContaining([`cf-${id}`, 'of-another']))
})

test('a group whose tags AWS does not tell at the moment is left out until it does', async () => {
  await makeGroup(broker, 'cf-busy', { broker: own, 'Instance GUID': randomUUID() })
  await broker.aws(async (aws) => {
    aws.setBehaviour({ modificationMilliseconds: 60_000 })
    await aws.modifyReplicationGroup('cf-busy', { snapshotRetentionLimit: 5 })
    aws.setBehaviour({})
  })
  expect(await listed()).not.toContainEqual(expect.objectContaining({ group: 'cf-busy' }))
  await broker.aws((aws) => aws.finishWaits())
  expect(await listed()).toContainEqual(expect.objectContaining({ group: 'cf-busy' }))
  await broker.aws((aws) => aws.deleteReplicationGroup('cf-busy'))
})

test('what an operation is working on is no orphan', async () => {
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  const created = randomUUID()
  await broker.provision(created)
  await untilGroupIs(broker, created, 'creating')
  expect(JSON.stringify(await listed())).not.toContain(created)
  await broker.aws((aws) => aws.finishWaits())
  expect(await broker.ended(created)).toMatchObject({ state: 'succeeded' })
})

test('an instance whose group is gone from AWS is listed, and kept', async () => {
  await broker.aws((aws) => aws.deleteReplicationGroup(`cf-${id}`))
  const { exitCode, stdout } = await orphans('--json')
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout)).toEqual({
    orphans: [{ kind: 'missing', group: `cf-${id}`, instance: id, name: 'my-redis', status: null }],
  })
  expect((await broker.request('GET', `/v2/service_instances/${id}`)).status).toBe(200)
})
