import { DrizzleQueryError } from 'drizzle-orm'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { Drift } from '../../../broker/drift/drift.ts'
import type { Instances } from '../../../broker/instances/instances.ts'
import type { Log } from '../../../broker/logging/log.ts'
import type { Operations } from '../../../broker/operations/operations.ts'
import type { OperationRequests } from '../../../broker/operations/requests.ts'
import { driftApp } from '../../../broker/operator/drift.ts'

test('a sweep that the database ends says and logs why, and says nothing of what was to be stored', async () => {
  const failure = new DrizzleQueryError(
    'insert into drift_checks',
    ['a value'],
    new Error('the disk is full'),
  )
  const drift = { sweep: () => Promise.reject(failure) } as unknown as Drift
  const instances = { all: async () => [] } as unknown as Instances
  const logged: unknown[] = []
  const log = { error: (fields: unknown) => logged.push(fields) } as unknown as Log
  const app = new Hono()
    .use(async (c, next) => {
      c.set('log', log)
      await next()
    })
    .route(
      '/',
      driftApp({ drift, instances, operations: {} as Operations, requests: {} as OperationRequests }),
    )

  const answer = await app.request('/', { method: 'POST', body: '{}' })
  expect(await answer.text()).toBe('{"type":"failed","message":"the disk is full"}\n')
  expect(logged).toEqual([{ err: failure }])
})
