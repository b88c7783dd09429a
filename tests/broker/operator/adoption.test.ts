import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { finishWaits, makeGroup } from '../../support/groups.ts'
import { runCommand } from '../../support/program.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'

const formerToken = 'the-token-of-another-broker'
const organization = randomUUID()
const space = randomUUID()

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())

const operator = (...args: string[]) => runCommand(args, broker)

const groupOf = (id: string) =>
  broker.aws((aws) =>
    aws.listReplicationGroups().then((all) => all.find((group) => group.replicationGroupId === id)),
  )

/** A group that another broker made, with a value in it. */
async function foreignGroup(id: string, engineVersion = '6.2'): Promise<void> {
  await makeGroup(
    broker,
    id,
    { broker: 'another' },
    {
      engine: 'redis',
      engineVersion,
      authToken: formerToken,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      securityGroupIds: ['sg-00000000000000000'],
      snapshotRetentionLimit: 1,
    },
  )
}

function adopt(group: string, instance: string, ...more: string[]) {
  return operator(
    'adopt',
    group,
    ...['--instance', instance, '--plan', 'redis-dev', '--engine-version', '6.2'],
    ...['--organization', organization, '--space', space, '--name', 'taken-over'],
    ...more,
  )
}

async function use<T>(id: string, password: string | undefined, work: Parameters<typeof withRedis<T>>[1]) {
  const login = loginOf((await broker.bind(id, 'key')).body.credentials)
  return withRedis({ ...login, ...(password === undefined ? {} : { password }) }, work)
}

test('a group of another broker becomes an instance with its data, and its former password ends when it is retired', async () => {
  const id = randomUUID()
  await foreignGroup('legacy-sessions')
  const before = await groupOf('legacy-sessions')

  const told = await adopt('legacy-sessions', id, '--dry-run')
  expect(told).toMatchObject({ code: 0, stderr: '' })
  expect(told.stdout).toContain('snapshot_retention_limit is 1, would be 3')
  expect(told.stdout).toContain('Nothing was done.')
  expect(await groupOf('legacy-sessions')).toEqual(before)
  expect((await broker.request('GET', `/v2/service_instances/${id}/last_operation`)).status).toBe(404)

  expect(await adopt('legacy-sessions', id, '--wait')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The adoption is queued'),
    stderr: expect.stringContaining('The adoption has succeeded'),
  })
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect((await groupOf('legacy-sessions'))?.createdAt).toEqual(before?.createdAt)
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
  expect(await use(id, formerToken, (redis) => redis.ping())).toBe('PONG')
  expect(await runCommand(['drift', id], broker)).toMatchObject({ code: 0 })

  await use(id, undefined, (redis) => redis.set('kept', 'through an update'))
  await broker.update(id, { parameters: { retireOldCredentials: true } })
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  await expect(use(id, formerToken, (redis) => redis.ping())).rejects.toThrow(/WRONGPASS/)
  await broker.update(id, { parameters: { engineVersion: '7.0' } })
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.get('kept'))).toBe('through an update')

  await broker.deprovision(id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await groupOf('legacy-sessions')).toBeUndefined()
})

test('what would lose data or is not there is refused with the reason, and left as it is', async () => {
  const id = randomUUID()
  await foreignGroup('too-new', '7.0')
  const before = await groupOf('too-new')
  const refused = async (message: RegExp, run: ReturnType<typeof adopt>) => {
    const { code, stderr } = await run
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
  }
  await refused(
    /would be replaced, and its data lost, because of:\n {2}engine_version is "7.0", would be "6.2"\nChoose/,
    adopt('too-new', id),
  )
  await refused(/no replication group nowhere/, adopt('nowhere', id))
  await refused(/group: must be the id of a replication group/, adopt('Not_An_Id', id))
  await refused(/no plan huge: redis-dev, /, adopt('too-new', id, '--plan', 'huge'))
  await refused(/engineVersion "6.2.1" is not offered/, adopt('too-new', id, '--engine-version', '6.2.1'))
  await refused(
    /Required option '--plan <plan>' not specified/,
    operator('adopt', 'too-new', '--instance', id),
  )
  expect(await groupOf('too-new')).toEqual(before)
  expect((await broker.request('GET', `/v2/service_instances/${id}/last_operation`)).status).toBe(404)
})

test('an instance that is forgotten leaves its Redis, which can be adopted again', async () => {
  const id = randomUUID()
  await broker.created(id)
  const before = await groupOf(`cf-${id}`)
  const another = await adopt(`cf-${id}`, randomUUID())
  expect(another.stderr).toContain(`The group cf-${id} belongs to the instance ${id}.`)
  expect((await adopt(`cf-${id}`, id)).stderr).toContain(`There is an instance ${id} already.`)

  expect((await operator('forget', id, '--yes')).stdout).toContain(`The replication group cf-${id} stays`)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await groupOf(`cf-${id}`)).toEqual(before)
  expect((await broker.deprovision(id)).status).toBe(410)
  const orphans = await runCommand(['orphans'], broker)
  expect(orphans).toMatchObject({ code: 2, stdout: expect.stringContaining(`cf-${id}`) })

  await adopt(`cf-${id}`, id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
  expect((await groupOf(`cf-${id}`))?.createdAt).toEqual(before?.createdAt)
})

const untilImported = (id: string) =>
  until(async () => {
    const { body } = await broker.request('GET', `/operator/instances/${id}/log`, {
      login: 'operator:operator',
    })
    return JSON.stringify(body).includes('terraform import')
  })

test('an adoption that a crash interrupts is brought to its end', async () => {
  const id = randomUUID()
  await foreignGroup('interrupted')
  await adopt('interrupted', id)
  await untilImported(id)
  await broker.kill()
  await broker.start()
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
})

test('a password that a failed attempt could not set is not taken for the one that works', async () => {
  const id = randomUUID()
  await foreignGroup('throttled')
  await broker.aws((aws) =>
    aws.setBehaviour({ faults: [{ call: 'modifyReplicationGroup', fault: 'Throttling', times: 1 }] }),
  )
  await adopt('throttled', id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
})

test('nor one that a stop of the broker came before', async () => {
  const id = randomUUID()
  await foreignGroup('stopped')
  await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
  await adopt('stopped', id)
  await until(async () => (await groupOf('stopped'))?.status === 'modifying')
  const stopped = broker.stop()
  process.kill(broker.pid, 'SIGTERM')
  await stopped
  await finishWaits(broker)
  await broker.start()
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
})

test('a deletion before the adoption has succeeded leaves the group alone', async () => {
  const id = randomUUID()
  await foreignGroup('not-yet')
  const before = await groupOf('not-yet')
  await adopt('not-yet', id)
  await untilImported(id)
  await broker.deprovision(id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await groupOf('not-yet')).toMatchObject({ createdAt: before?.createdAt, status: 'available' })
  expect((await broker.deprovision(id)).status).toBe(410)
})
