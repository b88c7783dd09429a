import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { version } from '../../../broker/model/version.ts'
import { TestBroker } from '../../support/broker.ts'
import { once } from '../../support/once.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { runCommand } from '../../support/program.ts'
import { expectRefusal } from '../../support/refusal.ts'

const login = 'operator:operator'

let postgres: Postgres
let one: TestBroker
let other: TestBroker
beforeAll(async () => {
  postgres = await startPostgres()
  const settings = { DATABASE_URL: postgres.url, DRIFT_SCHEDULE: 'off' }
  one = await TestBroker.start(settings)
  other = await TestBroker.start({ ...settings, DATA_DIR: one.dataDirectory })
})
afterAll(async () => {
  await other?.stop()
  await one?.remove()
  await postgres?.stop()
})

const pause = (body: object) => one.request('POST', '/operator/pause', { body, login })
const resume = () => one.request('DELETE', '/operator/pause', { login })
const lastOperation = async (id: string) =>
  (await one.request('GET', `/v2/service_instances/${id}/last_operation`)).body
const health = async () => (await other.request('GET', '/health', { login: null })).body
const metric = async () => (await other.request('GET', '/operator/metrics', { login })).body

/** An instance whose creation has been begun, at the one process or the other. */
const begun = once(async () => {
  const id = randomUUID()
  await one.provision(id)
  return id
})

test('in a pause new operations wait, on every process and over restarts, and what runs is finished', async () => {
  const [running, waiting] = [await begun(), randomUUID()]
  await expect
    .poll(() => lastOperation(running))
    .not.toMatchObject({
      description: expect.stringContaining('waiting'),
    })

  expect((await pause({ reason: 'the network is being moved' })).body.pause).toMatchObject({
    refuses: false,
    reason: 'the network is being moved',
    pausedBy: 'operator operator',
  })
  expect((await other.provision(waiting)).status).toBe(202)
  expect(await one.ended(running)).toMatchObject({ state: 'succeeded' })
  await one.stop()
  await one.start()

  expect(await lastOperation(waiting)).toEqual({
    state: 'in progress',
    description: 'waiting: the operators have paused new operations: the network is being moved',
  })
  expect(await health()).toEqual({ status: 'ok', version, paused: true })
  expect(await metric()).toContain('broker_paused 1')
  expect(await metric()).toContain(`broker_info{version="${version}"} 1`)
  // Nothing has started it in all this time, and operators read the same.
  const { description } = await lastOperation(waiting)
  const seen = (await one.request('GET', `/operator/instances/${waiting}`, { login })).body
  expect(seen.operations).toMatchObject([{ attempt: 0, description }])
  expect(seen.operation).toMatchObject({ description })
  const { body } = await one.request(
    'GET',
    `/operator/instances/${waiting}/operations/${seen.operation.id}`,
    { login },
  )
  expect(body).toMatchObject({ operation: { description }, place: 1 })

  expect((await resume()).body).toEqual({ ended: true })
  expect(await one.ended(waiting)).toMatchObject({ state: 'succeeded' })
  expect(await health()).toEqual({ status: 'ok', version, paused: false })
  expect(await metric()).toContain('broker_paused 0')
})

test('in a pause that refuses, creations and updates are refused with the reason, and deletions wait', async () => {
  const [there, refused] = [await begun(), randomUUID()]
  await one.ended(there)
  await pause({ refuse: true, reason: 'the network is being moved' })

  const answer = await other.provision(refused)
  // 4xx, and none of those at which Cloud Controller would delete the instance: 410, and 422 without a known code.
  expectRefusal(answer, 429)
  expect(answer.body.description).toBe(
    'The operators of the platform have paused new operations: the network is being moved. Try again later.',
  )
  expect((await other.deprovision(refused)).status).toBe(410)
  expectRefusal(await other.update(there, { parameters: { engineVersion: '7.0' } }), 429)
  const rotation = await one.request('POST', `/operator/instances/${there}/rotate`, { login })
  expect(rotation).toMatchObject({ status: 409, body: { error: expect.stringContaining('have paused') } })

  expect((await other.deprovision(there)).status).toBe(202)
  expect(await lastOperation(there)).toMatchObject({ description: expect.stringContaining('waiting') })
  await resume()
})

test('the commands pause and resume', async () => {
  const run = async (...words: string[]) => (await runCommand(words, one)).stdout
  expect(await run('pause', '--reason', 'the network is being moved')).toBe(
    'New operations are taken and wait.',
  )
  expect(await health()).toMatchObject({ paused: true })
  expect(await run('list')).toMatch(/^New operations are paused since .*: the network is being moved$/m)
  expect(await run('pause', '--refuse')).toBe(
    'New creations and updates are refused. Deletions are taken and wait.',
  )
  expect(JSON.parse(await run('resume', '--json'))).toEqual({ ended: true })
  expect(await health()).toMatchObject({ paused: false })
  expect(await run('resume')).toBe('Nothing was paused.')
})

test('a pause is looked at, and changed, and needs the login of operators', async () => {
  const current = () => one.request('GET', '/operator/pause', { login })
  expect((await current()).body).toEqual({ pause: null })
  await pause({})
  const { since } = (await current()).body.pause
  await pause({ refuse: true, reason: 'no more' })
  expect((await current()).body.pause).toMatchObject({ refuses: true, reason: 'no more', since })
  expect((await one.request('POST', '/operator/pause', { body: {} })).status).toBe(401)
  expect((await pause({ reason: 'two\nlines' })).body.error).toBe('reason must be one line')
  await resume()
  expect((await resume()).body).toEqual({ ended: false })
})
