import { DrizzleQueryError } from 'drizzle-orm'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { driftApp } from '../../../broker/operator/drift.ts'
import { recordedLog } from '../../support/recorded-log.ts'

test('a sweep that the database ends says and logs why, and says nothing of what was to be stored', async () => {
  const failure = new DrizzleQueryError(
    'insert into drift_checks',
    ['a value'],
    new Error('the disk is full'),
  )
  const { log, lines } = recordedLog()
  const app = new Hono()
    .use(async (c, next) => {
      c.set('log', log)
      await next()
    })
    .route(
      '/',
      driftApp({
        drift: { sweep: () => Promise.reject(failure) },
        instances: { all: async () => [], named: async () => [] },
        operations: { statusesNamed: async () => [] },
        requests: { update: async () => ({ outcome: 'gone' }) },
      }),
    )

  const answer = await app.request('/', { method: 'POST', body: '{}' })
  expect(await answer.text()).toBe('{"type":"failed","message":"the disk is full"}\n')
  expect(lines).toEqual([[{ err: failure }, 'drift sweep failed']])
})
