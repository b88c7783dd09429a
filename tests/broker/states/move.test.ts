import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../broker/database/database.ts'
import { createLog } from '../../../broker/log.ts'
import { loadOrCreateKeyFile, StateBackend } from '../../../state-backend/index.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { type S3, startS3 } from '../../support/s3.ts'
import { startStatesCommand, statesCommand } from './command.ts'

const log = createLog('silent')
const stacks = Array.from({ length: 40 }, (_, index) => `stack-${String(index).padStart(2, '0')}`)

let postgres: Postgres
let s3: S3
beforeAll(async () => {
  postgres = await startPostgres()
  s3 = await startS3()
})
afterAll(async () => {
  await postgres?.stop()
  await s3?.close()
})

let settings: Record<string, string>
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'states-'))
  await query(`create database "${basename(directory)}"`)
  settings = {
    DATA_DIR: directory,
    DATABASE_URL: Object.assign(new URL(postgres.url), { pathname: basename(directory) }).href,
    STATE_PG_URL: postgres.url,
    STATE_S3_BUCKET: s3.bucket,
    STATE_S3_ENDPOINT: s3.endpoint,
    STATE_S3_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  }
  return async () => {
    await rm(directory, { recursive: true, force: true })
    s3.objects.clear()
    for (const stack of stacks) await query(`drop schema if exists "redis_${stack}" cascade`)
  }
})

/** The states of the broker's own backend. */
async function inHttp<T>(use: (backend: StateBackend) => Promise<T>): Promise<T> {
  const directory = settings.DATA_DIR as string
  const database = await openDatabase(settings.DATABASE_URL, directory, log)
  try {
    const keyRing = await loadOrCreateKeyFile(join(directory, 'state.keys'))
    return await use(await StateBackend.open({ db: database.db, keyRing }))
  } finally {
    await database.close()
  }
}

async function query(sql: string): Promise<{ data: string }[]> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const inPg = async (stack: string) => (await query(`select data from "redis_${stack}".states`))[0]?.data

/** With a number that JavaScript can't hold, so that it shows when a state was not kept byte for byte. */
function stateOf(stack: string, serial = 7): string {
  return `{"version": 4, "serial": ${serial}, "lineage": "lineage of ${stack}", "outputs": {
    "exact": {"value": 12345678901234567890123, "type": "number"}}, "resources": []}\n`
}

const fill = (all: string[]) =>
  inHttp(async (backend) => {
    for (const stack of all) await backend.import(stack, Buffer.from(stateOf(stack)), 'test')
  })

describe('moving all states', () => {
  test('goes to PostgreSQL, S3 and back, byte for byte', async () => {
    await fill(stacks.slice(0, 3))
    const toPg = await statesCommand(settings, 'move', '--to', 'pg')
    expect(toPg).toMatchObject({ code: 0 })
    expect(toPg.output).toContain('stack-01  serial 7, lineage lineage of stack-01  moved')
    expect(toPg.output).toContain(
      'The states live in pg now: 3 of them.\nStart the broker with STATE_BACKEND=pg.',
    )
    expect(await inPg('stack-01')).toBe(stateOf('stack-01'))

    expect(await statesCommand(settings, 'move', '--to', 's3')).toMatchObject({ code: 0 })
    expect(s3.objects.get('redis/stack-02.tfstate')).toMatchObject({ body: stateOf('stack-02') })

    // As Terraform writes the next one.
    s3.objects.set('redis/stack-02.tfstate', {
      body: stateOf('stack-02', 8),
      encryption: 'AES256',
      kmsKey: undefined,
    })
    expect(await statesCommand(settings, 'move', '--to', 'http')).toMatchObject({ code: 0 })
    const bodies = await inHttp(async (backend) => [
      String(await backend.readBytes('stack-01')),
      String(await backend.readBytes('stack-02')),
    ])
    expect(bodies).toEqual([stateOf('stack-01'), stateOf('stack-02', 8)])
  })

  test('goes on where a kill interrupted it, and nothing of it is lost', async () => {
    await fill(stacks)
    const killed = startStatesCommand(settings, 'move', '--to', 'pg')
    await killed.firstLine()
    killed.kill()
    expect((await killed.ended).output).not.toContain('live in pg now')

    const again = await statesCommand(settings, 'move', '--to', 'pg')
    expect(again).toMatchObject({ code: 0 })
    expect(again.output).toContain('stack-00  serial 7, lineage lineage of stack-00  was there already')
    expect(again.output).toContain('stack-39  serial 7, lineage lineage of stack-39  moved')
    for (const stack of stacks) expect(await inPg(stack)).toBe(stateOf(stack))
  })

  test.each([
    { there: 'another lineage', state: stateOf('another', 1), says: /another lineage/ },
    { there: 'a newer serial', state: stateOf('stack-00', 9), says: /has serial 9, and http 7/ },
    { there: 'other content', state: stateOf('stack-00').replace('123,', '124,'), says: /has serial 7/ },
  ])('stops at a state of which the other side has $there', async ({ state, says }) => {
    await fill(stacks.slice(0, 1))
    s3.objects.set('redis/stack-00.tfstate', { body: state, encryption: undefined, kmsKey: undefined })
    const move = await statesCommand(settings, 'move', '--to', 's3')
    expect(move.code).toBe(1)
    expect(move.output).toMatch(says)
    expect(s3.objects.get('redis/stack-00.tfstate')?.body).toBe(state)
    expect((await statesCommand(settings, 'abandon')).output).toBe('The states live in http.\n')
  })

  test('leaves copies, and removes them only when asked', async () => {
    await fill(stacks.slice(0, 2))
    expect((await statesCommand(settings, 'forget', '--in', 'http')).output).toMatch(/live in http/)
    await statesCommand(settings, 'move', '--to', 's3')
    expect(await inHttp((backend) => backend.stacks())).toEqual(['stack-00', 'stack-01'])
    expect((await statesCommand(settings, 'forget', '--in', 'http')).output).toBe(
      'Copies removed from http: 2.\n',
    )
    expect(await inHttp((backend) => backend.stacks())).toEqual([])
    expect(s3.objects.size).toBe(2)
  })
})
