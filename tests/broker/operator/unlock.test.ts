import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { operations } from '../../../broker/operations/tables.ts'
import { actionsApp } from '../../../broker/operator/actions.ts'
import { namingOf } from '../../../broker/provisioner/naming.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { pgStates } from '../../../broker/states/pg.ts'
import { s3States } from '../../../broker/states/s3.ts'
import type { States } from '../../../broker/states/states.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { requestsWithoutJobs } from '../../support/requests.ts'
import { type S3, startS3 } from '../../support/s3.ts'
import { anyTarget } from '../../support/target.ts'

const log = createLog('silent')

let database: OpenDatabase
let postgres: Postgres
let s3: S3
beforeAll(async () => {
  database = await openEmbedded()
  postgres = await startPostgres()
  s3 = await startS3()
  process.env.AWS_ACCESS_KEY_ID ??= 'any'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'any'
})
afterAll(async () => {
  await postgres?.stop()
  await s3?.close()
  await database?.close()
})

/** An instance whose creation is in progress, and what an operator gets to hear who opens its lock. */
async function instanceWith(id: string, states: States) {
  const requests = requestsWithoutJobs(database.db)
  const instance = newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, anyTarget)
  await requests.create(instance)
  const app = actionsApp({
    operations: new Operations(database.db),
    requests,
    states,
    naming: namingOf(readSettings({})),
    keyRing: KeyRing.parse(KeyRing.newEntry('key')),
    operator: 'operator',
  })
  return {
    stack: instance.stack,
    unlock: async () => (await app.request(`/${id}/unlock`, { method: 'POST' })).status,
  }
}

const operationsEnd = () => database.db.update(operations).set({ state: 'failed' })

test('in PostgreSQL no lock is opened while an operation is in progress: it may be its own', async () => {
  const states = pgStates({ url: postgres.url, schemaPrefix: 'redis_', log })
  const { stack, unlock } = await instanceWith('in-pg', states)
  await states.write(stack, Buffer.from('{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}'))
  const terraform = new Client({ connectionString: postgres.url })
  terraform.on('error', () => {})
  await terraform.connect()
  await terraform.query(`select pg_advisory_lock(id) from "redis_${stack}".states`)

  expect(await unlock()).toBe(409)
  expect(await states.lockHolder(stack)).toBeDefined()
  await operationsEnd()
  expect(await unlock()).toBe(200)
  expect(await states.lockHolder(stack)).toBeUndefined()
  await states.close()
})

test("in S3 an operation's own lock is not opened, and an operator's is", async () => {
  const states = s3States({
    bucket: s3.bucket,
    region: 'us-east-1',
    prefix: '',
    kmsKey: undefined,
    endpoint: s3.endpoint,
    pathStyle: true,
    log,
  })
  const { stack, unlock } = await instanceWith('in-s3', states)
  const attempt = await states.access({
    stack,
    attempt: 'creation/1',
    access: 'write',
    holder: 'broker operation creation, attempt 1',
  })
  expect(await unlock()).toBe(409)
  await attempt.end()
  const body = JSON.stringify({ ID: 'id', Who: 'operator@laptop', Created: new Date().toISOString() })
  s3.objects.set(`${stack}.tfstate.tflock`, { body, encryption: undefined, kmsKey: undefined })
  expect(await unlock()).toBe(200)
  expect(await states.lockHolder(stack)).toBeUndefined()
  await states.close()
})
