import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../../support/broker.ts'
import { logged } from '../../support/broker-log.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { expectRefusal } from '../../support/refusal.ts'

let postgres: Postgres
let broker: TestBroker
beforeAll(async () => {
  postgres = await startPostgres()
  broker = await TestBroker.start({ DATABASE_URL: postgres.url, DRIFT_SCHEDULE: 'off' })
})
afterAll(async () => {
  // It would wait for its database.
  await broker?.kill()
  await broker?.remove()
  await postgres?.stop()
})

test('without its database: no health, 500 that tells nothing, and a stack trace in the log that names the request', async () => {
  const health = async () => (await broker.request('GET', '/health', { login: null })).status
  expect(await health()).toBe(200)
  await postgres.kill()
  expect(await health()).toBe(503)
  const vcapId = randomUUID()
  const answer = await broker.request('GET', instancePath('a/b'), {
    headers: { 'X-VCAP-Request-ID': vcapId },
  })
  expectRefusal(answer, 500)
  expect(answer.body.description).toBe('The broker failed. Please tell the operators of the platform.')
  await expect
    .poll(() => logged(broker, 'failed'))
    .toContainEqual(
      expect.objectContaining({
        event: 'internal-error',
        requestId: vcapId,
        instance: 'a/b',
        err: expect.objectContaining({ stack: expect.any(String) }),
      }),
    )
})
