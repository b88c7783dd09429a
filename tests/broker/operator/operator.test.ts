import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { instancePath, TestBroker } from '../../support/broker.ts'
import { runCdktf, runCommand } from '../../support/program.ts'
import { loginOf, withRedis } from '../../support/redis.ts'

const [sessions, cache] = [randomUUID(), randomUUID()]

let broker: TestBroker
let output: string
/** Of `sessions`. */
let password: string
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'operator-'))
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    READER_USERNAME: 'auditor',
    READER_PASSWORD: 'only-looks',
  })
  const context = (instance_name: string, space_name: string) => ({ context: { instance_name, space_name } })
  await Promise.all([
    broker.created(sessions, 'redis-dev', context('sessions', 'production')),
    broker.created(cache, 'redis-dev', context('cache', 'staging')),
  ])
  password = (await broker.bind(sessions, 'for-the-password')).body.credentials.password
})
afterAll(async () => {
  await broker?.remove()
  await rm(output, { recursive: true, force: true })
})

const operator = (...args: string[]) => runCommand(args, broker)

async function json(...args: string[]) {
  const { code, stdout, stderr } = await operator(...args, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const cdktf = (...args: string[]) => runCdktf(broker, output, ...args)

const request = (method: string, path: string, body?: unknown) =>
  broker.request(method, path, { login: 'operator:operator', body })

const lock = (id: string, method: 'LOCK' | 'UNLOCK' = 'LOCK') =>
  request(method, `/state/${id}/lock`, {
    ID: 'by-hand',
    Operation: 'OperationTypeApply',
    Who: 'somebody@their-machine',
    Created: new Date().toISOString(),
  })

describe('an operator finds instances', () => {
  test.each([
    { filter: ['--name', 'cache'], found: [cache] },
    { filter: ['--space', 'production'], found: [sessions] },
    { filter: ['--organization', 'e6f6fbf3-0000-4000-8000-000000000001'], found: [sessions, cache] },
    { filter: ['--plan', 'redis-3node'], found: [] },
    { filter: ['--drift', 'clean', '--operation', 'succeeded'], found: [sessions, cache] },
  ])('by $filter', async ({ filter, found }) => {
    const { instances } = await json('list', ...filter)
    const ids = instances.map(({ instance }: { instance: string }) => instance)
    expect(ids.toSorted()).toEqual(found.toSorted())
  })

  test('and sees all about one', async () => {
    expect(await json('show', 'sessions')).toMatchObject({
      instance: sessions,
      name: 'sessions',
      plan: 'redis-dev',
      stack: { replicationGroupId: `cf-${sessions}` },
      state: { serial: 1, writer: expect.stringContaining('broker operation') },
      lock: null,
      operations: [{ type: 'provision', state: 'succeeded' }],
      driftState: 'clean',
    })
    expect((await operator('show', 'sessions')).stdout).toContain(`cf-${sessions}`)
  })

  test('and what organizations use', async () => {
    const organizationGuid = 'e6f6fbf3-0000-4000-8000-000000000001'
    const counts = { instances: 2, nodes: 2, blocks: 0, dollarsPerMonth: 0 }
    expect(await json('usage')).toEqual({
      organizations: [{ organizationGuid, organization: null, ...counts }],
    })
    expect((await operator('usage')).stdout).toMatch(new RegExp(`^${organizationGuid}( +[0-9]+){4}$`, 'm'))
  })

  test('but not without the right password', async () => {
    const run = await runCommand(['list'], broker, {
      OPERATOR_PASSWORD: 'wrong',
    })
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('OPERATOR_PASSWORD') })
    expect((await broker.request('GET', '/operator/instances')).status).toBe(401)
  })
})

describe("cdktf, in an operator's hands", () => {
  test('renders the one stack that it is asked for, with the bytes of the broker, and finds no change', async () => {
    const { all, exitCode } = await cdktf('diff', cache)
    expect(all).toContain('No changes')
    expect(exitCode).toBe(0)
    expect(await readdir(join(output, 'stacks'))).toEqual([cache])
    await runCommand(['drift', cache], broker)
    const rendered = (directory: string) => readFile(join(directory, 'stacks', cache, 'cdk.tf.json'), 'utf8')
    const own = await rendered(output)
    const checked = await rendered(join(broker.dataDirectory, 'drift/1/stacks', cache))
    // A check has to see what a plan would delete.
    expect(checked).toContain('"prevent_destroy": false')
    expect(own).toBe(checked.replace('"prevent_destroy": false', '"prevent_destroy": true'))
  })

  test('leaves no password in a file, and files for nobody else', async () => {
    const plan = join(output, 'stacks', cache, 'plan')
    // As an earlier version has left it.
    await mkdir(dirname(plan), { recursive: true })
    await rm(plan, { force: true })
    await writeFile(plan, 'a plan')
    await chmod(output, 0o755)
    await cdktf('diff', cache)
    expect((await stat(output)).mode & 0o777).toBe(0o700)
    const files = await readdir(output, { recursive: true, withFileTypes: true })
    const contents = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name)))
    expect(contents.some((content) => content.includes(cache))).toBe(true)
    // A plan is compressed, so that what is in it can't be looked for.
    expect(files.filter((file) => file.name === 'plan' && file.isFile())).toEqual([])
    expect(contents.filter((content) => content.includes(password))).toEqual([])
  })

  test('lists the stacks, and prints what a stack puts out but for its secrets', async () => {
    const { all: listed } = await cdktf('list')
    // Its table breaks the names.
    expect(listed).toContain(sessions.slice(0, 18))
    expect(listed).toContain(cache.slice(0, 18))
    const { all, exitCode } = await cdktf('output', sessions)
    const { hostname } = (await broker.bind(sessions, 'for-the-password')).body.credentials
    expect(all).toContain(`hostname = ${hostname}`)
    expect(all).not.toContain(password)
    expect(exitCode).toBe(0)
  })

  test('deploys a change, and bindings answer with what came of it', async () => {
    const before = (await broker.bind(cache, 'before')).body.credentials
    // A deploy that finds the group gone makes a new one, with another password.
    await broker.aws((aws) => aws.deleteReplicationGroup(`cf-${cache}`))
    const { exitCode, all } = await cdktf('deploy', cache, '--auto-approve')
    expect(all).toContain('Apply complete')
    expect(exitCode).toBe(0)
    await vi.waitFor(
      async () => {
        const { body } = await broker.request('GET', `${instancePath(cache)}/service_bindings/before`)
        expect(body.credentials.password).not.toBe(before.password)
      },
      { timeout: 10_000, interval: 100 },
    )
    const { state } = await json('show', 'cache')
    expect(state.writer).toBe('operator operator')
  })

  test('says so for an instance that is not there', async () => {
    const { all, exitCode } = await cdktf('diff', randomUUID())
    expect(exitCode).not.toBe(0)
    expect(all).toContain('There is no instance with the stack')
  })
})

describe('an operator and the broker exclude each other', () => {
  test("a lock that the operator has makes the broker's operation wait, and it says for whom", async () => {
    expect((await lock(sessions)).status).toBe(200)
    await broker.update(sessions, { plan_id: '3nd336bf-387f-44c1-9b81-575fel966443' })
    await vi.waitFor(
      async () => {
        const [{ description, detail }] = (await json('operations', 'sessions')).operations
        expect(description).toContain('An operator is working on this Redis')
        expect(detail).toContain('operator operator')
      },
      { timeout: 20_000, interval: 200 },
    )
    expect((await lock(sessions, 'UNLOCK')).status).toBe(200)
  })

  test('once it is open the operation goes on by itself; the operator is told who has the lock', async () => {
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 8000 }))
    // To try the lock meanwhile would be to keep the operation out.
    await vi.waitFor(
      async () => {
        const { body } = await request('GET', `/operator/instances/${sessions}`)
        expect(body.lock?.holder).toMatch(/^broker operation .*, attempt \d+$/)
      },
      { timeout: 60_000, interval: 100 },
    )
    const { status, body } = await lock(sessions)
    expect(status).toBe(423)
    expect(body.Info).toMatch(/^broker operation .*, attempt \d+$/)
    const { stderr } = await operator('unlock', 'sessions')
    expect(stderr).toContain('Cancel it instead')
    await broker.aws((aws) => aws.setBehaviour({}))
    expect(await broker.ended(sessions)).toMatchObject({ state: 'succeeded' })
  })

  test('a lock that somebody forgot is opened', async () => {
    await lock(cache)
    expect((await operator('show', 'cache')).stdout).toContain('held by operator operator')
    expect((await operator('unlock', 'cache', '--yes')).stdout).toContain(
      'The lock by-hand of operator operator is open',
    )
    expect(await json('show', 'cache')).toMatchObject({ lock: null })
    expect((await operator('unlock', 'cache')).stderr).toContain('not locked')
  })
})

describe('operations are in operators’ hands', () => {
  test('one in progress is cancelled, and its terraform ends', async () => {
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 15_000 }))
    await broker.update(cache, { plan_id: '3nd336bf-387f-44c1-9b81-575fel966443' })
    await vi.waitFor(
      async () => {
        const [found] = await broker
          .aws((aws) => aws.listReplicationGroups())
          .then((groups) => groups.filter(({ replicationGroupId }) => replicationGroupId === `cf-${cache}`))
        expect(found?.status).toBe('modifying')
      },
      { timeout: 30_000, interval: 200 },
    )
    const description = expect.stringContaining('Stopped by operator operator')
    expect(await json('cancel', 'cache')).toMatchObject({
      operation: { state: 'failed', description, finishedAt: expect.any(String) },
    })
    expect(await broker.ended(cache)).toMatchObject({ state: 'failed', description })
    // It goes when the last process of the attempt has ended.
    const workDirectory = join(broker.dataDirectory, 'work', cache)
    await vi.waitFor(() => expect(existsSync(workDirectory)).toBe(false), { timeout: 60_000, interval: 200 })
    await broker.aws((aws) => aws.setBehaviour({}))
  })

  test('one that failed is begun once more', async () => {
    expect((await operator('retry', 'cache')).stdout).toContain('The update is queued')
    expect(await broker.ended(cache)).toMatchObject({ state: 'succeeded' })
    expect(await json('show', 'cache')).toMatchObject({ plan: 'redis-3node' })
    expect((await operator('retry', 'cache')).stderr).toContain('succeeded')
    expect((await operator('cancel', 'cache')).stderr).toContain('No operation is in progress')
  })

  test('a deletion that is cancelled can only be begun again: nothing is made anew in the place of the data', async () => {
    const id = randomUUID()
    await broker.created(id)
    await broker.bind(id, 'before')
    await broker.aws((aws) => aws.setBehaviour({ deletionMilliseconds: 3_600_000 }))
    await broker.deprovision(id)
    await vi.waitFor(
      async () => {
        const groups = await broker.aws((aws) => aws.listReplicationGroups())
        expect(groups).toContainEqual(
          expect.objectContaining({ replicationGroupId: `cf-${id}`, status: 'deleting' }),
        )
      },
      { timeout: 60_000, interval: 100 },
    )
    expect((await operator('cancel', id)).stdout).toContain('The deprovision was stopped')
    expect(await broker.ended(id)).toMatchObject({ state: 'failed', instance_usable: false })
    expect((await broker.bind(id, 'key')).status).toBe(404)
    const binding = await broker.request('GET', `${instancePath(id)}/service_bindings/before`)
    expect(binding.status).toBe(404)
    expect((await operator('rotate', id)).stderr).toContain(
      'The last operation (deprovision) failed. Retry it first.',
    )
    expect((await broker.update(id, { parameters: { engineVersion: '7.0' } })).status).toBe(422)
    await broker.aws(async (aws) => {
      aws.setBehaviour({})
      await aws.finishWaits()
    })
    await operator('retry', id)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  })

  test('a Redis gets a new password, and the one that it had ends when it is retired', async () => {
    const before = (await broker.bind(sessions, 'rotated')).body.credentials
    const ping = (credentials: typeof before) => withRedis(loginOf(credentials), (redis) => redis.ping())
    expect((await operator('retire', 'sessions')).stderr).toContain('no old credentials')
    expect((await operator('rotate', 'sessions')).stdout).toContain('The update is queued')
    expect(await broker.ended(sessions)).toMatchObject({ state: 'succeeded' })
    const after = (await broker.bind(sessions, 'after-it')).body.credentials
    expect(after).toEqual({ ...before, password: after.password, uri: after.uri })
    expect([await ping(before), await ping(after)]).toEqual(['PONG', 'PONG'])
    expect((await operator('retire', 'sessions', '--yes')).stdout).toContain('The update is queued')
    expect(await broker.ended(sessions)).toMatchObject({ state: 'succeeded' })
    await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
    expect(await ping(after)).toBe('PONG')
  })

  test('an update of an instance whose Redis is gone fails, and says what an operator can do', async () => {
    await broker.aws((aws) => aws.deleteReplicationGroup(`cf-${sessions}`))
    await broker.update(sessions, { parameters: { engineVersion: '7.0' } })
    expect(await broker.ended(sessions)).toMatchObject({
      state: 'failed',
      description: expect.stringContaining('The Redis of this instance is gone'),
      instance_usable: false,
      update_repeatable: false,
    })
    expect((await operator('operations', 'sessions')).stdout).toContain('redis-broker reconcile')
    expect(await broker.aws((aws) => aws.listReplicationGroups())).not.toContainEqual(
      expect.objectContaining({ replicationGroupId: `cf-${sessions}` }),
    )
  })

  test('nobody is bound to a Redis that is gone: 422, and what can be done', async () => {
    for (const answer of [
      await broker.bind(sessions, 'too-late'),
      await broker.request('GET', `${instancePath(sessions)}/service_bindings/after-it`),
    ]) {
      expect(answer.status).toBe(422)
      expect(answer.body.description).toMatch(/The Redis of this instance is gone.*delete the instance/)
    }
  })

  test('each keeps a log of what was run and printed, without the password', async () => {
    const { operations } = await json('operations', 'sessions')
    const [last, provision] = [operations[0], operations.at(-1)]
    const { stdout } = await operator('log', 'sessions', '--operation', provision.id)
    expect(stdout).toMatch(/^\S+Z attempt 1: preparing\n/)
    expect(stdout).toContain('attempt 1: creating the replication group\n')
    expect(stdout).toMatch(/attempt 1: cdktf deploy\n.*Apply complete! Resources: 1 added/s)
    expect(stdout).toMatch(/password = <sensitive>/)
    expect(stdout).not.toContain(password)
    expect((await json('log', 'sessions')).operation.id).toBe(last.id)
    expect((await operator('log', 'sessions', '--operation', randomUUID())).stderr).toContain('no operation')
  })
})

describe('a request that can not be right is refused, with words for it', () => {
  const adoption = {
    group: 'legacy',
    instance: randomUUID(),
    plan: 'redis-dev',
    engineVersion: '6.2',
    organization: 'o',
    space: 's',
  }
  const tooLong = '9'.repeat(11)

  test.each([
    { what: 'a huge body', status: 413, method: 'POST', path: '/adoptions', body: 'x'.repeat(1_000_001) },
    { what: 'a NUL', status: 400, method: 'POST', path: '/adoptions', body: { ...adoption, name: 'a\0' } },
    {
      what: 'half a pair',
      status: 400,
      method: 'POST',
      path: '/adoptions',
      body: { ...adoption, space: '\ud800' },
    },
    { what: 'a version', status: 400, method: 'GET', path: `/states/${sessions}/versions/${tooLong}` },
    {
      what: 'a version to compare',
      status: 400,
      method: 'GET',
      path: `/states/${sessions}/compare/1/${tooLong}`,
    },
    {
      what: 'a version to restore',
      status: 400,
      method: 'POST',
      path: `/states/${sessions}/restore/${tooLong}`,
    },
    { what: 'a NUL in the path', status: 404, method: 'GET', path: '/instances/%00/operations' },
  ])('$what: $status', async ({ status, method, path, body }) => {
    const answer = await request(method, `/operator${path}`, body)
    expect(answer).toMatchObject({ status, body: { error: expect.any(String) } })
  })
})

describe('a login that may only look', () => {
  const asked = async (method: string, path: string, login = 'auditor:only-looks') =>
    (await broker.request(method, path, { login })).status

  test.each([
    ['GET', () => '/operator/instances'],
    ['GET', () => `/operator/instances/${sessions}`],
    ['GET', () => `/operator/instances/${sessions}/log`],
    ['GET', () => '/operator/stacks'],
    ['GET', () => '/operator/metrics'],
    ['GET', () => `/operator/states/${sessions}/versions`],
    ['GET', () => `/state/${sessions}`],
  ])('looks: %s %s', async (method, path) => {
    expect(await asked(method, path())).toBe(200)
    expect(await asked(method, path(), 'auditor:guess')).toBe(401)
  })

  test.each([
    ['POST', () => '/operator/drift'],
    ['POST', () => '/operator/states/reencrypt'],
    ['POST', () => `/operator/states/${sessions}/restore/1`],
    ['POST', () => `/operator/instances/${sessions}/unlock`],
    ['POST', () => `/operator/instances/${sessions}/forget`],
    ['LOCK', () => `/state/${sessions}/lock`],
    ['POST', () => `/state/${sessions}`],
    ['DELETE', () => `/state/${sessions}`],
    // The whole state, with the password.
    ['GET', () => `/operator/states/${sessions}/versions/1`],
  ])('changes nothing and prints no whole state: %s %s', async (method, path) => {
    expect(await asked(method, path())).toBe(403)
  })
})

test('an operator who prints a whole state is in the log, with the login', async () => {
  expect((await request('GET', `/operator/states/${sessions}/versions/1`)).status).toBe(200)
  await expect
    .poll(() => broker.output)
    .toMatch(new RegExp(`"stack":"${sessions}","version":1,"by":"operator operator","msg":"State read"`))
})
