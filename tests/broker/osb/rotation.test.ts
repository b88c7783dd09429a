import { randomUUID } from 'node:crypto'
import { execa } from 'execa'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisCredentials } from '../../../broker/instances/credentials.ts'
import { type Answer, instancePath, TestBroker } from '../../support/broker.ts'
import { finishWaits, groupOf, untilGroupIs } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { once } from '../../support/once.ts'
import { runCommand } from '../../support/program.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { until } from '../../support/until.ts'

let broker: TestBroker
const id = randomUUID()
let first: RedisCredentials
let second: RedisCredentials

beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await broker.created(id)
  first = await bound('first')
})
afterAll(() => broker?.remove())

const rotate = (more: object = {}) => broker.update(id, { parameters: { rotateCredentials: true, ...more } })
const retire = () => broker.update(id, { parameters: { retireOldCredentials: true } })
/** All that bindings were given. */
const given: RedisCredentials[] = []
async function bound(binding: string): Promise<RedisCredentials> {
  const { credentials } = (await broker.bind(id, binding)).body
  given.push(credentials)
  return credentials
}
const fetched = async (binding: string) =>
  (await broker.request('GET', `${instancePath(id)}/service_bindings/${binding}`)).body.credentials
const instance = async () => (await broker.request('GET', instancePath(id))).body
const ping = (credentials: RedisCredentials) => withRedis(loginOf(credentials), (redis) => redis.ping())
const described = async () =>
  (await broker.request('GET', `${instancePath(id)}/last_operation`)).body.description

describe('wrong requests change nothing', () => {
  test.each([
    ['both steps at once', { rotateCredentials: true, retireOldCredentials: true }, /two steps/],
    ['force alone', { force: true }, /force belongs to rotateCredentials/],
    ['text in place of true', { rotateCredentials: 'yes' }, /rotateCredentials must be true or false/],
  ])('%s: 400', async (_what, parameters, reason) => {
    const answer = await broker.update(id, { parameters })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(reason)
  })

  test('a creation knows no rotation: 400', async () => {
    const answer = await broker.provision(randomUUID(), 'redis-dev', {
      parameters: { rotateCredentials: true },
    })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/Unknown parameter rotateCredentials/)
  })

  test('there is nothing to retire before a rotation: 200, and nothing is done', async () => {
    expect((await retire()).status).toBe(200)
    const path = `/operator/instances/${id}/retire`
    const asked = await broker.request('POST', path, { login: 'operator:operator', body: {} })
    expect(asked.body.error).toContain('no old credentials')
    expect(await fetched('first')).toEqual(first)
  })

  test('a predecessor that has the newest credentials: 400, and what to do first', async () => {
    const answer = await broker.bind(id, 'successor', 'redis-dev', { predecessor_binding_id: 'first' })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/rotateCredentials/)
  })
})

describe('a rotation', () => {
  let accepted: Answer
  /** The answer to a client that was connected all the time. */
  let written: string | null
  let ended: boolean
  beforeAll(async () => {
    const { hostname: host, port, ca_certificate: ca, password } = first
    const client = createClient({ password, socket: { host, port: Number(port), tls: true, ca: ca ?? '' } })
    client.on('error', () => {})
    await client.connect()
    let hasEnded = false
    client.on('end', () => {
      hasEnded = true
    })
    accepted = await rotate()
    await succeeds(broker, id)
    written = await client.set('written', 'by the old credentials')
    ended = hasEnded
    client.destroy()
    second = await bound('second')
  })

  /** @returns what the command that begins it says */
  const retired = once(async () => {
    const { stdout } = await runCommand(['retire', id, '--yes'], broker)
    await succeeds(broker, id)
    return stdout
  })

  test('keeps every client connected, and gives new bindings new credentials', async () => {
    expect(accepted.status).toBe(202)
    expect(written).toBe('OK')
    expect(ended).toBe(false)
    expect(second).toEqual({ ...first, password: second.password, uri: second.uri })
    expect(second.password).not.toBe(first.password)
    expect(await ping(second)).toBe('PONG')
    expect(await ping(first)).toBe('PONG')
  })

  test('leaves an older binding what it was given, as long as that works', async () => {
    expect(await fetched('first')).toEqual(first)
    expect((await broker.bind(id, 'first')).body.credentials).toEqual(first)
  })

  test('tells where it stands, and since when', async () => {
    expect(await described()).toMatch(
      /New credentials are ready.* The last credentials from before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC still work:/,
    )
    expect((await instance()).parameters).toMatchObject({
      engineVersion: '6.2',
      credentialsRotation: { rotatedAt: expect.any(String), oldCredentials: 'still work' },
    })
    const { stdout } = await runCommand(['show', id], broker)
    expect(stdout).toMatch(/credentials {3}rotated \S+ \S+ UTC, the ones before still work/)
  })

  test('rides on the rotation of a binding, which needs neither service nor plan', async () => {
    const body = { predecessor_binding_id: 'first' }
    const path = `${instancePath(id)}/service_bindings/successor`
    const { status, body: answer } = await broker.request('PUT', path, { body })
    expect(status).toBe(201)
    expect(answer.credentials).toEqual(second)
    expect(await fetched('first')).toEqual(first)
    expect((await broker.request('PUT', path, { body })).status).toBe(200)
    const unknown = await broker.bind(id, 'other', 'redis-dev', { predecessor_binding_id: 'nobody' })
    expectRefusal(unknown, 400)
  })

  test('is not followed by another one, which would end credentials that nobody has retired', async () => {
    const answer = await rotate()
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/still work.*retireOldCredentials.*force/)
    const command = await runCommand(['rotate', id], broker)
    expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
    expect(await ping(first)).toBe('PONG')
  })

  test('is over when the old credentials are retired, and older bindings get what works', async () => {
    expect(await retired()).toContain('The update is queued')
    await expect(ping(first)).rejects.toThrow(/WRONGPASS/)
    expect(await ping(second)).toBe('PONG')
    expect(await fetched('first')).toEqual(second)
    expect(await described()).toBe('The old credentials have ended.')
    expect((await instance()).parameters).not.toHaveProperty('credentialsRotation')
    expect((await retire()).status).toBe(200)
  })

  test('with force ends the oldest credentials, and only those', async () => {
    await retired()
    expect((await runCommand(['rotate', id], broker)).stdout).toContain('The update is queued')
    await succeeds(broker, id)
    const third = await bound('third')
    await rotate({ force: true })
    await succeeds(broker, id)
    const fourth = await bound('fourth')
    await expect(ping(second)).rejects.toThrow(/WRONGPASS/)
    expect(await described()).toContain('any older ones do not')
    const { stdout } = await runCommand(['operations', id], broker)
    expect(stdout).toContain('done: new credentials, by force')
    expect(await ping(third)).toBe('PONG')
    expect(await ping(fourth)).toBe('PONG')
    expect(await fetched('second')).toEqual(fourth)
  })
})

describe('a rotation that is interrupted after AWS has taken it', () => {
  const begun = async () => {
    // Whatever is left of a rotation before.
    if ((await retire()).status === 202) await succeeds(broker, id)
    const before = await bound(`before-${randomUUID()}`)
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
    await rotate()
    await untilGroupIs(broker, id, 'modifying')
    return before
  }

  async function expectBothWork(before: RedisCredentials): Promise<void> {
    const after = await bound(`after-${randomUUID()}`)
    expect(after.password).not.toBe(before.password)
    expect(await ping(before)).toBe('PONG')
    expect(await ping(after)).toBe('PONG')
  }

  test('by a kill of the broker: is taken once, and cuts nobody off', async () => {
    const before = await begun()
    const changedAt = (await groupOf(broker, id))?.authTokenLastModifiedDate
    await broker.kill()
    await finishWaits(broker)
    await broker.start()
    await succeeds(broker, id)
    expect((await groupOf(broker, id))?.authTokenLastModifiedDate).toEqual(changedAt)
    await expectBothWork(before)
  })

  test('by an operator who cancels it: is on record, so that the next one cuts nobody off', async () => {
    const before = await begun()
    await broker.request('POST', `/operator/instances/${id}/cancel`, { login: 'operator:operator', body: {} })
    await broker.ended(id)
    await finishWaits(broker)
    await until(async () => (await instance()).parameters.credentialsRotation)
    await expectBothWork(before)
    expectRefusal(await rotate(), 400)
    await retire()
    await succeeds(broker, id)
    await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
  })
})

test('no password is in the log, and none in clear on the disk', async () => {
  await bound('last')
  for (const password of new Set(given.map(({ password }) => password))) {
    expect(broker.output).not.toContain(password)
    const { stdout } = await execa('grep', ['-rla', password, broker.dataDirectory], { reject: false })
    expect(stdout).toBe('')
  }
})
