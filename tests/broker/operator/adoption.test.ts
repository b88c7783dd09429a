import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { finishWaits, makeGroup } from '../../support/groups.ts'
import { once } from '../../support/once.ts'
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

/** As the command asks for it. */
function request(group: string, instance: string, more: object = {}) {
  const body = { group, instance, plan: 'redis-dev', engineVersion: '6.2', organization, space, ...more }
  return broker.request('POST', '/operator/adoptions', { body, login: 'operator:operator' })
}

async function use<T>(id: string, password: string | undefined, work: Parameters<typeof withRedis<T>>[1]) {
  const login = loginOf((await broker.bind(id, 'key')).body.credentials)
  return withRedis({ ...login, ...(password === undefined ? {} : { password }) }, work)
}

/** An instance that was a group of another broker, whose new password AWS has not taken at the first attempt. */
const adopted = once(async () => {
  const id = randomUUID()
  await foreignGroup('legacy-sessions')
  const before = await groupOf('legacy-sessions')
  const told = await adopt('legacy-sessions', id, '--dry-run')
  const left = {
    group: await groupOf('legacy-sessions'),
    status: (await broker.request('GET', `/v2/service_instances/${id}/last_operation`)).status,
  }
  await broker.aws((aws) =>
    aws.setBehaviour({ faults: [{ call: 'modifyReplicationGroup', fault: 'Throttling', times: 1 }] }),
  )
  const run = await adopt('legacy-sessions', id, '--wait')
  return { id, before, told, left, run }
})

/** Who had the former password goes on with it until it is retired. */
const retired = once(async () => {
  const { id } = await adopted()
  const after = await groupOf('legacy-sessions')
  const pings = {
    own: await use(id, undefined, (redis) => redis.ping()),
    former: await use(id, formerToken, (redis) => redis.ping()),
  }
  await use(id, undefined, (redis) => redis.set('kept', 'through an update'))
  await broker.update(id, { parameters: { retireOldCredentials: true } })
  const ended = await broker.ended(id)
  const [former] = await Promise.allSettled([use(id, formerToken, (redis) => redis.ping())])
  return { id, after, pings, ended, former, kept: await use(id, undefined, (redis) => redis.get('kept')) }
})

test('what an adoption would change is told, and nothing is done', async () => {
  const { before, told, left } = await adopted()
  expect(told).toMatchObject({ code: 0, stderr: '' })
  expect(told.stdout).toContain('snapshot_retention_limit is 1, would be 3')
  expect(told.stdout).toContain('Nothing was done.')
  expect(left).toEqual({ group: before, status: 404 })
})

test('a group of another broker becomes an instance with its data, and its former password ends when it is retired', async () => {
  const { before, run } = await adopted()
  const { after, pings, ended, former, kept } = await retired()
  expect(run).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The adoption is queued'),
    stderr: expect.stringContaining('The adoption has succeeded'),
  })
  expect(after?.createdAt).toEqual(before?.createdAt)
  // Its own is not the one that the first attempt could not set.
  expect(pings).toEqual({ own: 'PONG', former: 'PONG' })
  expect(ended).toMatchObject({ state: 'succeeded' })
  expect(former).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('WRONGPASS') },
  })
  expect(kept).toBe('through an update')
})

test('what would lose data or is not there is refused with the reason, and left as it is', async () => {
  const id = randomUUID()
  await foreignGroup('too-new', '7.0')
  const before = await groupOf('too-new')
  const refused = async (message: RegExp, run: ReturnType<typeof operator>) =>
    expect(await run).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  await refused(
    /would be replaced, and its data lost, because engine_version is "7.0", would be "6.2"\. Choose/,
    adopt('too-new', id),
  )
  await refused(
    /Required option '--plan <plan>' not specified/,
    operator('adopt', 'too-new', '--instance', id),
  )
  const errors: [RegExp, Awaited<ReturnType<typeof request>>][] = [
    [/no replication group nowhere/, await request('nowhere', id)],
    [/group must be the id of a replication group/, await request('Not_An_Id', id)],
    [/no plan huge: redis-dev, /, await request('too-new', id, { plan: 'huge' })],
    [/engineVersion "6.2.1" is not offered/, await request('too-new', id, { engineVersion: '6.2.1' })],
  ]
  for (const [message, { body }] of errors) expect(body.error).toMatch(message)
  expect(await groupOf('too-new')).toEqual(before)
  expect((await broker.request('GET', `/v2/service_instances/${id}/last_operation`)).status).toBe(404)
})

const untilImported = (id: string) =>
  until(async () => {
    const { body } = await broker.request('GET', `/operator/instances/${id}/log`, {
      login: 'operator:operator',
    })
    return JSON.stringify(body).includes('terraform import')
  })

test('an instance that is forgotten leaves its Redis, which can be adopted again, also when a crash interrupts that', async () => {
  // Another adoption would be the end of the former password, too.
  const { id } = await retired()
  const before = await groupOf('legacy-sessions')
  const another = await request('legacy-sessions', randomUUID())
  expect(another.body.error).toContain(`The group legacy-sessions belongs to the instance ${id}.`)
  expect((await request('legacy-sessions', id)).body.error).toContain(`There is an instance ${id} already.`)

  expect((await operator('forget', id, '--yes')).stdout).toContain(
    'The replication group legacy-sessions stays',
  )
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await groupOf('legacy-sessions')).toEqual(before)
  expect((await broker.deprovision(id)).status).toBe(410)
  expect(await operator('orphans')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('legacy-sessions'),
  })

  await request('legacy-sessions', id)
  await untilImported(id)
  await broker.kill()
  await broker.start()
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await use(id, undefined, (redis) => redis.ping())).toBe('PONG')
  expect((await groupOf('legacy-sessions'))?.createdAt).toEqual(before?.createdAt)
})

test('a password that a stop of the broker came before is not taken for the one that works', async () => {
  const id = randomUUID()
  await foreignGroup('stopped')
  await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
  await request('stopped', id)
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
  await request('not-yet', id)
  await untilImported(id)
  await broker.deprovision(id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await groupOf('not-yet')).toMatchObject({ createdAt: before?.createdAt, status: 'available' })
  expect((await broker.deprovision(id)).status).toBe(410)
})
