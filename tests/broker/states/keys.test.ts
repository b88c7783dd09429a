import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../../support/broker.ts'
import { filesWith } from '../../support/files-with.ts'
import { once } from '../../support/once.ts'
import { type Postgres, postgresProgram, startPostgres } from '../../support/postgres.ts'

const operator = 'operator:operator'
const oldKey = KeyRing.newEntry('old')
const newKey = KeyRing.newEntry('new')
const id = randomUUID()

let postgres: Postgres
let broker: TestBroker
let settings: Record<string, string>
let password: string
beforeAll(async () => {
  postgres = await startPostgres()
  settings = { DATABASE_URL: postgres.url, DRIFT_SCHEDULE: 'off', STATE_VERSIONS_KEPT: '50' }
  broker = await TestBroker.start({ ...settings, STATE_KEYS: oldKey })
  settings.DATA_DIR = broker.dataDirectory
  await broker.created(id)
  password = (await credentials()).password
})
afterAll(async () => {
  await broker?.remove()
  await postgres?.stop()
})

/** Of all brokers before this one. */
let logged = ''

async function restartWith(keys: string): Promise<void> {
  await stop()
  broker = await TestBroker.start({ ...settings, STATE_KEYS: keys })
}

let stopped = false
async function stop(): Promise<void> {
  await broker.stop()
  logged += broker.output
}
beforeEach(async () => {
  if (!stopped) return
  broker = await TestBroker.start({ ...settings, STATE_KEYS: `${newKey},${oldKey}` })
  stopped = false
})

const credentials = async () => (await broker.bind(id, randomUUID())).body.credentials

/** A new key, and an update while everything is encrypted anew with it. */
const encryptedAnew = once(async () => {
  await restartWith(`${newKey},${oldKey}`)
  expect((await broker.update(id, { parameters: { engineVersion: '7.0' } })).status).toBe(202)
  let anew = { states: 0, outputs: 0 }
  const reencrypt = async () => {
    const { status, body } = await broker.request('POST', '/operator/states/reencrypt', { login: operator })
    expect(status).toBe(200)
    const ended = JSON.parse(body.trim().split('\n').at(-1))
    anew = { states: anew.states + ended.states, outputs: anew.outputs + ended.outputs }
  }
  const updated = broker.ended(id)
  for (let over = false; !over; ) {
    await reencrypt()
    // The work directory of the operation is among these.
    expect(await filesWith([broker.dataDirectory], password)).toEqual([])
    over = await Promise.race([updated.then(() => true), sleep(500).then(() => false)])
  }
  return { ended: await updated, anew }
})

test('everything gets the new key while an operation runs', async () => {
  const { ended, anew } = await encryptedAnew()
  expect(ended).toMatchObject({ state: 'succeeded' })
  expect(anew.states).toBeGreaterThan(0)
  expect(anew.outputs).toBe(1)
})

test('the old key can go afterwards', async () => {
  await encryptedAnew()
  await restartWith(newKey)
  expect(await credentials()).toMatchObject({ password })
  const versions = await broker.request('GET', `/operator/states/${id}/versions`, { login: operator })
  const [first] = versions.body.versions.slice(-1)
  const state = await broker.request('GET', `/operator/states/${id}/versions/${first.version}`, {
    login: operator,
  })
  expect(state.body).toMatchObject({ version: 4, serial: first.serial })
})

test('an operator compares versions and makes an old one current again', async () => {
  await encryptedAnew()
  const at = (place: string) => `/operator/states/${id}/${place}`
  const { body } = await broker.request('GET', at('versions'), { login: operator })
  const [newest] = body.versions
  const oldest = body.versions.at(-1)
  const compared = await broker.request('GET', at(`compare/${oldest.version}/${newest.version}`), {
    login: operator,
  })
  expect(compared.body.outputs).toContainEqual(expect.objectContaining({ name: 'engine_version' }))
  expect(JSON.stringify(compared.body)).not.toContain(password)

  const restored = await broker.request('POST', at(`restore/${newest.version}`), { login: operator })
  expect(restored.body.restored).toMatchObject({
    serial: newest.serial + 1,
    writer: `operator operator (restored version ${newest.version})`,
  })
  const missing = await broker.request('POST', at('restore/999'), { login: operator })
  expect(missing).toMatchObject({ status: 404, body: { error: expect.stringContaining('no version 999') } })
})

test("what an operator's own deploy has written is in the next bindings", async () => {
  const { body: before } = await broker.request('GET', `/state/${id}`, { login: operator })
  const hostname = { ...before.outputs.hostname, value: 'elsewhere' }
  const after = { ...before, serial: before.serial + 1, outputs: { ...before.outputs, hostname } }
  const state = JSON.stringify(after)
  const headers = { 'Content-MD5': createHash('md5').update(state).digest('base64') }
  const lock = { login: operator, body: { ID: 'deploy', Created: new Date().toISOString() } }
  await broker.request('LOCK', `/state/${id}/lock`, lock)
  const written = await broker.request('POST', `/state/${id}?ID=deploy`, {
    login: operator,
    headers,
    body: state,
  })
  expect(written.status).toBe(200)
  await broker.request('UNLOCK', `/state/${id}/lock`, lock)
  await vi.waitFor(async () => expect(await credentials()).toMatchObject({ hostname: 'elsewhere', password }))
})

test('while the states move, this broker takes no state from operators', async () => {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  const body = { ID: 'by-hand', Created: new Date().toISOString() }
  const ask = async () => [
    (await broker.request('LOCK', `/state/${id}/lock`, { login: operator, body })).status,
    (await broker.request('POST', `/operator/states/${id}/restore/1`, { login: operator })).status,
  ]
  await client.query(`update broker.state_home set moving_to = 'pg'`)
  expect(await ask()).toEqual([409, 409])
  await client.query('update broker.state_home set moving_to = null')
  await client.end()
  expect(await ask()).toEqual([200, 409])
  const unlocked = await broker.request('UNLOCK', `/state/${id}/lock`, { login: operator, body })
  expect(unlocked.status).toBe(200)
})

test('the password is nowhere to be read: not in files, a dump of the database, or the log', async () => {
  expect(password).toMatch(/^[0-9a-f]{64}$/)
  expect(await filesWith([broker.dataDirectory, postgres.directory], password)).toEqual([])
  const { stdout: dump } = await execa(postgresProgram('pg_dump'), [postgres.url])
  expect(dump).toContain(id)
  expect(dump).not.toContain(password)
  expect(dump).not.toContain(Buffer.from(password).toString('hex'))
  expect(logged + broker.output).not.toContain(password)
})

test('a broker without a key that is in use does not start, and names the key', async () => {
  await encryptedAnew()
  await stop()
  stopped = true
  const strange = KeyRing.newEntry('strange')
  const start = () => TestBroker.start({ ...settings, STATE_KEYS: strange })
  await expect(start()).rejects.toThrow(/States .*key ring: new/)
  // As if the states were elsewhere: the connection details are here.
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  await client.query('create table public.kept as table state_backend.versions')
  await client.query('delete from state_backend.versions')
  await expect(start()).rejects.toThrow(/key ring: new/)
  await client.query('insert into state_backend.versions overriding system value table public.kept')
  await client.query('drop table public.kept')
  await client.end()
})
