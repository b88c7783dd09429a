import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { withRedis } from '../../support/redis.ts'
import { openService, type Service } from './open-service.ts'

/** Auth tokens as AWS documents them. */
let service: Service
let aws: Service['aws']
let ca: string
const [first, second, third, fourth] = ['first', 'second', 'third', 'fourth'].map((name) =>
  `${name}-token-`.padEnd(32, '0'),
) as [string, string, string, string]

beforeAll(async () => {
  service = await openService()
  ;({ aws } = service)
  ca = await aws.caCertificate()
})
afterAll(() => service?.close())

/** The group of a test. */
let id: string
let groups = 0
beforeEach(async () => {
  groups += 1
  id = `group-${groups}`
  await service.make(id, { authToken: first })
})

const change = (authTokenUpdateStrategy: string, authToken: string, of = id) =>
  aws.modifyReplicationGroup(of, { authToken, authTokenUpdateStrategy })

const group = (of = id) => service.group(of)

async function login(password?: string, of = id) {
  const host = String((await group(of)).primaryEndpoint?.address)
  return { host, ca, ...(password === undefined ? {} : { password }) }
}

/** Which of the tokens a new connection may use. */
async function valid(...tokens: string[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    tokens.map(async (token) => withRedis(await login(token), (redis) => redis.sendCommand(['PING']))),
  )
  return tokens.filter((_, i) => outcomes[i]?.status === 'fulfilled')
}

async function expectRefusal(call: Promise<unknown>, name: string, token: string): Promise<void> {
  const error = await call.then(
    () => expect.unreachable('it was accepted'),
    (refusal: Error) => refusal,
  )
  expect(error.name).toBe(name)
  expect(error.message).not.toContain(token)
}

test('SET is refused before a ROTATE, whatever the token', async () => {
  const before = await group()
  await expectRefusal(change('SET', second), 'InvalidParameterCombination', second)
  await expectRefusal(change('SET', first), 'InvalidParameterCombination', first)
  expect(await group()).toEqual(before)
  expect(await valid(first, second)).toEqual([first])
})

test('a strategy without a token is refused, and so is DELETE with one', async () => {
  const alone = aws.modifyReplicationGroup(id, { authTokenUpdateStrategy: 'SET' })
  await expectRefusal(alone, 'InvalidParameterCombination', first)
  await expectRefusal(change('DELETE', first), 'InvalidParameterValue', first)
})

test('a token that is valid already is no new one', async () => {
  await expectRefusal(change('ROTATE', first), 'InvalidParameterValue', first)
  await change('ROTATE', second)
  await expectRefusal(change('ROTATE', first), 'InvalidParameterValue', first)
})

test('ROTATE keeps the newest two, and every client that is connected', async () => {
  const { host } = await login()
  const client = createClient({ password: first, socket: { host, port: 6379, tls: true, ca } })
  await client.connect()
  let ended = false
  client.on('end', () => {
    ended = true
  })
  await change('ROTATE', second)
  expect(await valid(first, second)).toEqual([first, second])
  await change('ROTATE', third)
  expect(await valid(first, second, third)).toEqual([second, third])
  await change('SET', third)
  expect(await valid(first, second, third)).toEqual([third])
  // AWS documents no end of connections: who is in stays in, and can't come back.
  expect(await client.ping()).toBe('PONG')
  expect(ended).toBe(false)
  client.destroy()
})

test('SET takes only the token of the last ROTATE, and that once', async () => {
  await change('ROTATE', fourth)
  await expectRefusal(change('SET', third), 'InvalidParameterValue', third)
  await expectRefusal(change('SET', first), 'InvalidParameterValue', first)
  expect(await valid(first, third, fourth)).toEqual([first, fourth])
  await change('SET', fourth)
  await expectRefusal(change('SET', fourth), 'InvalidParameterCombination', fourth)
})

test('a group tells when its token was changed, and that it is being changed', async () => {
  const before = (await group()).authTokenLastModifiedDate
  await aws.modifyReplicationGroup(id, { snapshotRetentionLimit: 1 })
  expect((await group()).authTokenLastModifiedDate).toEqual(before)

  aws.setBehaviour({ modificationMilliseconds: 60_000 })
  for (const [strategy, status] of [
    ['ROTATE', 'ROTATING'],
    ['SET', 'SETTING'],
  ] as const) {
    const { authTokenLastModifiedDate: earlier } = await group()
    await change(strategy, second)
    const changing = await group()
    expect(changing).toMatchObject({
      status: 'modifying',
      pendingModifiedValues: { authTokenStatus: status },
    })
    expect(Number(changing.authTokenLastModifiedDate)).toBeGreaterThan(Number(earlier))
    await aws.finishWaits()
    expect((await group()).pendingModifiedValues).toEqual({})
  }
  await aws.modifyReplicationGroup(id, { snapshotRetentionLimit: 2 })
  const { status, pendingModifiedValues } = await group()
  expect({ status, pendingModifiedValues }).toEqual({ status: 'modifying', pendingModifiedValues: {} })
  aws.setBehaviour({})
  await aws.finishWaits()
})

test('the first token of a group without one comes by ROTATE, and SET makes it the only way in', async () => {
  await service.make('without')
  expect(await group('without')).toMatchObject({ authTokenEnabled: false })
  expect((await group('without')).authTokenLastModifiedDate).toBe(undefined)
  await expectRefusal(change('SET', first, 'without'), 'InvalidParameterCombination', first)
  await change('ROTATE', first, 'without')
  expect(await group('without')).toMatchObject({ authTokenEnabled: true })
  expect(await withRedis(await login(first, 'without'), (redis) => redis.sendCommand(['PING']))).toBe('PONG')
  await change('SET', first, 'without')
  await expect(
    withRedis(await login(undefined, 'without'), (redis) => redis.sendCommand(['PING'])),
  ).rejects.toThrow(/NOAUTH/)
})
