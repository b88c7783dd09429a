import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../../broker/database/database.ts'
import { createLog } from '../../../broker/log.ts'
import { s3States } from '../../../broker/states/s3.ts'
import type { States } from '../../../broker/states/states.ts'
import { UnfinishedAttempts } from '../../../broker/states/unfinished-attempts.ts'
import { type S3, startS3 } from '../../support/s3.ts'

const kmsKey = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-44cd-86ef-1234567890ab'
const log = createLog('silent')

let directory: string
let database: OpenDatabase
let s3: S3
let states: States
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'states-'))
  database = await openDatabase(undefined, directory, log)
  s3 = await startS3()
  process.env.AWS_ACCESS_KEY_ID ??= 'any'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'any'
  states = s3States({
    bucket: s3.bucket,
    region: 'us-east-1',
    prefix: 'redis/',
    kmsKey,
    endpoint: s3.endpoint,
    pathStyle: true,
    unfinished: new UnfinishedAttempts(database.db),
    log,
  })
})
afterAll(async () => {
  await states?.close()
  await s3?.close()
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => s3.objects.clear())

const lockFile = 'redis/one.tfstate.tflock'
const begin = (attempt: string) =>
  states.access({ stack: 'one', attempt, access: 'write', holder: `attempt ${attempt}` })

/** What terraform puts beside the state while it works on it, which it does some time after it was started. */
function lock(who: string, milliseconds = 0): void {
  const Created = new Date(Date.now() + milliseconds).toISOString()
  const info = { ID: who, Operation: 'OperationTypeApply', Who: who, Created }
  s3.objects.set(lockFile, { body: JSON.stringify(info), encryption: undefined, kmsKey: undefined })
}

test('the lock of an attempt that died is opened by the next attempt', async () => {
  await begin('1')
  lock('dead', 100)
  const next = await begin('2')
  expect(await states.lockHolder('one')).toBeUndefined()
  await next.end()
})

test('the lock that a killed terraform leaves is opened at the end of its attempt', async () => {
  const attempt = await begin('1')
  lock('killed', 100)
  await attempt.end()
  expect(await states.lockHolder('one')).toBeUndefined()
})

test("an operator's lock is left alone by attempts and looks, and opened on demand", async () => {
  lock('operator@laptop')
  const attempt = await begin('1')
  const look = await states.access({ stack: 'one', attempt: 'd', access: 'read', holder: 'drift' })
  await look.end()
  await attempt.end()
  expect(await states.lockHolder('one')).toMatchObject({
    holder: 'operator@laptop',
    info: { ID: 'operator@laptop' },
  })
  await states.unlock('one', 'operator')
  expect(await states.lockHolder('one')).toBeUndefined()
})

test('a state is written with the key that was asked for, and leaves nothing when it is removed', async () => {
  const body = Buffer.from('{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}')
  await states.write('one', body)
  expect(s3.objects.get('redis/one.tfstate')).toMatchObject({ encryption: 'aws:kms', kmsKey })
  expect(await states.read('one')).toMatchObject({ serial: 1, lineage: 'l' })
  expect(await states.stacks()).toEqual(['one'])
  lock('left')
  await states.remove('one')
  expect(s3.objects.size).toBe(0)
  expect(await states.read('one')).toBeUndefined()
})
