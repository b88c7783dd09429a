import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteQuery, instancePath, TestBroker } from '../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../support/groups.ts'
import { once } from '../../support/once.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ OPERATIONS_AT_ONCE: '1' })
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 3_600_000 }))
  creation = (await broker.provision(first)).body.operation
  await broker.provision(second)
})
afterAll(() => broker?.remove())

const first = randomUUID()
const second = randomUUID()
const lastOperation = (id: string, query = '') =>
  broker.request('GET', `${instancePath(id)}/last_operation${query}`)
let creation: string

/** Both instances. */
const created = once(async () => {
  await untilGroupIs(broker, first, 'creating')
  await finishWaits(broker)
  await broker.ended(first)
  await broker.ended(second)
})

/** The deletion of the first, in progress when it is begun. @returns its operation */
const deletion = once(async (): Promise<string> => {
  await created()
  return (await broker.deprovision(first)).body.operation
})

/** A deletion of the second that fails when its Redis is gone. @returns how it ended */
const halfDeleted = once(async () => {
  await created()
  await broker.aws(async (aws) => {
    aws.setBehaviour({
      faults: [{ call: 'describeReplicationGroups', fault: 'AccessDenied', times: 1 }],
    })
    await aws.deleteReplicationGroup(`cf-${second}`)
  })
  await broker.deprovision(second)
  return broker.ended(second)
})

test('of an instance that was never seen: 404', async () => {
  expectRefusal(await lastOperation(randomUUID()), 404)
  expectRefusal(await lastOperation(randomUUID(), `?operation=${randomUUID()}`), 404)
})

test('in progress: the phase, the time so far and when to ask again in seconds', async () => {
  await expect.poll(async () => (await lastOperation(first)).body.description).toMatch(/, \d+ s so far$/)
  const { status, headers, body } = await lastOperation(first)
  expect(status).toBe(200)
  expect(headers.get('retry-after')).toMatch(/^\d+$/)
  expect(body).toEqual({ state: 'in progress', description: expect.any(String) })
})

test('waiting behind another operation: the place in the queue', async () => {
  expect((await lastOperation(second)).body).toEqual({
    state: 'in progress',
    description: 'waiting for its turn, number 1 in the queue',
  })
})

test.each([
  ['none', () => ''],
  ['all of them', () => `?operation=${creation}&${deleteQuery()}`],
  ['the plan before an update', () => '?plan_id=another'],
  ["an operation in the platform's own words", () => '?operation=provision'],
  ['an operation of nobody', () => `?operation=${randomUUID()}`],
  ['an empty operation', () => '?operation='],
  ['a NUL as operation', () => '?operation=%00'],
  ['a wrong escape as operation', () => '?operation=%FF%'],
  ['an endless operation', () => `?operation=${'o'.repeat(10_000)}`],
  ['two operations', () => `?operation=${creation}&operation=x`],
])('hints are only hints: with %s it answers 200', async (_, query) => {
  expect(await lastOperation(first, query())).toMatchObject({ status: 200 })
})

test('succeeded: it says so again and again, in words for users, without flags', async () => {
  await created()
  for (let times = 0; times < 3; times++) {
    const { status, headers, body } = await lastOperation(first, `?operation=${creation}`)
    expect(status).toBe(200)
    expect(headers.get('retry-after')).toBeNull()
    expect(body).toEqual({ state: 'succeeded', description: expect.stringMatching(/^Redis 6\.2 is ready\./) })
  }
})

test('an operation that is named is the one that is told about', async () => {
  const operation = await deletion()
  expect((await lastOperation(first, `?operation=${creation}`)).body.state).toBe('succeeded')
  expect((await lastOperation(first, `?operation=${operation}`)).body.state).toBe('in progress')
  expect((await lastOperation(first)).body.state).toBe('in progress')
})

test('a finished deletion is told: Cloud Controller would poll a 404 for seven days', async () => {
  await deletion()
  expect(await broker.ended(first)).toEqual({
    state: 'succeeded',
    description: expect.stringMatching(/deleted/),
  })
  expect((await lastOperation(first, `?${deleteQuery()}`)).body.state).toBe('succeeded')
})

test('a refused deletion: the instance is usable as before, and not a word of updates', async () => {
  await created()
  const fault = 'AccessDenied'
  await broker.aws((aws) =>
    aws.setBehaviour({ faults: [{ call: 'deleteReplicationGroup', fault, times: 1 }] }),
  )
  await broker.deprovision(second)
  expect(await broker.ended(second)).toEqual({
    state: 'failed',
    description: expect.stringMatching(/does not allow.*operators/),
    instance_usable: true,
  })
  expect((await broker.bind(second, 'as-before')).status).toBe(201)
})

test('a deletion that fails when the Redis is gone: the instance is not usable', async () => {
  expect(await halfDeleted()).toMatchObject({ state: 'failed', instance_usable: false })
})

test('what is half deleted can be deleted, and nothing else', async () => {
  await halfDeleted()
  expectRefusal(await broker.provision(second), 409)
  expectRefusal(await broker.update(second, { parameters: { engineVersion: '7.0' } }), 422)
  expectRefusal(await broker.bind(second, 'late'), 404)
  expect((await broker.deprovision(second)).status).toBe(202)
  expect(await broker.ended(second)).toMatchObject({ state: 'succeeded' })
})

test('no description is longer than 1,000 characters', async () => {
  await created()
  const message = 'x'.repeat(5000)
  await broker.aws((aws) =>
    aws.setBehaviour({
      faults: [{ call: 'createReplicationGroup', fault: 'InvalidARN', times: 1, message }],
    }),
  )
  const third = randomUUID()
  await broker.provision(third)
  const { state, description } = await broker.ended(third)
  expect(state).toBe('failed')
  expect(description.length).toBeLessThanOrEqual(1000)
})
