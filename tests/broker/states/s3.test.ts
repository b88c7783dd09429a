import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createLog } from '../../../broker/logging/log.ts'
import { s3States } from '../../../broker/states/s3.ts'
import type { States } from '../../../broker/states/states.ts'
import { type S3, startS3 } from '../../support/s3.ts'

const kmsKey = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-44cd-86ef-1234567890ab'

let s3: S3
let states: States
const open = (key: string | undefined) =>
  s3States({
    bucket: s3.bucket,
    region: 'us-east-1',
    prefix: 'redis/',
    kmsKey: key,
    endpoint: s3.endpoint,
    pathStyle: true,
    log: createLog('silent'),
  })
beforeAll(async () => {
  s3 = await startS3()
  process.env.AWS_ACCESS_KEY_ID ??= 'any'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'any'
  states = open(kmsKey)
})
afterAll(async () => {
  await states?.close()
  await s3?.close()
})
beforeEach(() => s3.objects.clear())

const lockFile = 'redis/one.tfstate.tflock'
const begin = (attempt: string) =>
  states.access({ stack: 'one', attempt, access: 'write', holder: `attempt ${attempt}` })

/** Puts a lock beside the state, as an operator's terraform does while it works on it. */
function lock(who: string): void {
  const info = { ID: who, Operation: 'OperationTypeApply', Who: who, Created: new Date().toISOString() }
  s3.objects.set(lockFile, { body: JSON.stringify(info), encryption: undefined, kmsKey: undefined })
}

test('an attempt has the lock until it ends, so that its terraform must not take it', async () => {
  const attempt = await begin('update/1')
  expect(await states.lockHolder('one')).toMatchObject({
    holder: 'attempt update/1',
    info: { ID: 'update/1' },
  })
  expect(attempt.environment).toMatchObject({ TF_CLI_ARGS_apply: '-lock=false' })
  await attempt.end()
  expect(s3.objects.size).toBe(0)
})

test('the lock of an attempt that died is taken over by the next one, of any operation', async () => {
  await begin('update/1')
  await begin('update/2')
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'attempt update/2' })
  await begin('deletion/1')
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'attempt deletion/1' })
})

test('an attempt that is over neither takes nor opens the lock of a newer one', async () => {
  const stale = await begin('update/9')
  await begin('update/10')
  await expect(begin('update/9')).rejects.toThrow('attempt update/10 has begun')
  await stale.end()
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'attempt update/10' })
})

test('of all that would take over a lock at once, one does', async () => {
  await begin('update/1')
  const asked = ['update/2', 'update/3', 'update/4'].map((attempt) => begin(attempt))
  await Promise.allSettled(asked)
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'attempt update/4' })
})

test("an operator's lock is left alone by attempts and looks, and opened on demand", async () => {
  const attempt = await begin('update/1')
  // After a force-unlock, while the attempt is at work.
  lock('operator@laptop')
  await attempt.end()
  await expect(begin('update/2')).rejects.toMatchObject({
    message: 'An operator is working on this Redis at the moment. Try again later.',
    detail: expect.stringContaining('locked by operator@laptop'),
    transient: true,
  })
  const look = await states.access({ stack: 'one', attempt: 'd', access: 'read', holder: 'drift' })
  await look.end()
  expect(await states.lockHolder('one')).toMatchObject({
    holder: 'operator@laptop',
    info: { ID: 'operator@laptop' },
  })
  expect(await states.unlock('one', 'operator@laptop', 'operator')).toBe(true)
  expect(await states.lockHolder('one')).toBeUndefined()
})

test('a lock that was taken since somebody looked at the one before is not opened', async () => {
  lock('forgotten')
  expect(await states.unlock('one', 'another', 'operator')).toBe(false)
  // Between the look of the unlocking and its deletion.
  vi.spyOn(s3.objects, 'get').mockImplementationOnce((key) => {
    const object = s3.objects.get(key)
    lock('newer')
    return object
  })
  expect(await states.unlock('one', 'forgotten', 'operator')).toBe(false)
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'newer' })
})

/** Has somebody take the lock between the next look at it and what comes of that look. */
function takenMeanwhile(): void {
  vi.spyOn(s3.objects, 'get').mockImplementationOnce((key) => {
    const object = s3.objects.get(key)
    lock('meanwhile')
    return object
  })
}

test('a lock that somebody has taken since it was looked at is theirs, and stays', async () => {
  takenMeanwhile()
  await expect(begin('update/1')).rejects.toThrow('An operator is working on this Redis')
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'meanwhile' })

  s3.objects.clear()
  await begin('update/1')
  takenMeanwhile()
  await expect(begin('update/2')).rejects.toThrow('An operator is working on this Redis')
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'meanwhile' })

  s3.objects.clear()
  const attempt = await begin('update/3')
  takenMeanwhile()
  await attempt.end()
  expect(await states.lockHolder('one')).toMatchObject({ holder: 'meanwhile' })
})

const body = Buffer.from('{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}')

test("without a key of the settings the bucket's own encryption counts, also for the lock", async () => {
  const plain = open(undefined)
  await plain.write('one', body)
  await plain.access({ stack: 'one', attempt: 'update/1', access: 'write', holder: 'attempt' })
  await plain.close()
  expect([...s3.objects.values()].map(({ encryption }) => encryption)).toEqual([undefined, undefined])
})

test('a state is written with the key that was asked for, and leaves nothing when it is removed', async () => {
  await states.write('one', body)
  expect(s3.objects.get('redis/one.tfstate')).toMatchObject({ encryption: 'aws:kms', kmsKey })
  expect(await states.read('one')).toMatchObject({ serial: 1, lineage: 'l' })
  lock('left')
  expect(await states.stacks()).toEqual(['one'])
  await states.remove('one')
  expect(s3.objects.size).toBe(0)
  expect(await states.read('one')).toBeUndefined()
})

test("terraform itself is kept out by an attempt's lock, shows whose it is, and can open it by its id", async () => {
  await begin('update/1')
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const backend = {
    bucket: s3.bucket,
    key: 'redis/one.tfstate',
    region: 'us-east-1',
    use_lockfile: true,
    use_path_style: true,
    endpoints: { s3: s3.endpoint },
    skip_credentials_validation: true,
    skip_metadata_api_check: true,
    skip_region_validation: true,
    skip_requesting_account_id: true,
    skip_s3_checksum: true,
  }
  const stack = { terraform: { backend: { s3: backend } }, output: { o: { value: 'by an operator' } } }
  await writeFile(join(directory, 'main.tf.json'), JSON.stringify(stack))
  const terraform = (...args: string[]) =>
    execa('terraform', args, {
      cwd: directory,
      env: { CHECKPOINT_DISABLE: '1', TF_CLI_ARGS: '-no-color' },
      reject: false,
      all: true,
      stdin: 'ignore',
    })
  expect(await terraform('init', '-input=false')).toMatchObject({ exitCode: 0 })
  const refused = await terraform('apply', '-auto-approve')
  expect(refused.exitCode).toBe(1)
  expect(refused.all).toMatch(/ID: +update\/1\n/)
  expect(refused.all).toMatch(/Info: +attempt update\/1\n/)

  expect(await terraform('force-unlock', '-force', 'update/1')).toMatchObject({ exitCode: 0 })
  expect(await terraform('apply', '-auto-approve')).toMatchObject({ exitCode: 0 })
  expect(await states.read('one')).toMatchObject({ outputs: { o: { value: 'by an operator' } } })
})
