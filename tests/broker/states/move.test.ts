import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { eq } from 'drizzle-orm'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { instances as instanceTable } from '../../../broker/instances/tables.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { loadOrCreateKeyFile } from '../../../state-backend/encryption/key-file.ts'
import { StateBackend } from '../../../state-backend/index.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { requestsWithoutJobs } from '../../support/requests.ts'
import { type S3, startS3 } from '../../support/s3.ts'
import { anyTarget } from '../../support/target.ts'
import { startStatesCommand, statesCommand } from './command.ts'
import { stateInPg } from './in-pg.ts'

const log = createLog('silent')
/** Instances' ids, which are their stacks' names. */
const stacks = Array.from({ length: 40 }, (_, index) => stackOf(index))

function stackOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
}

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
    await query(stacks.map((stack) => `drop schema if exists "redis_${stack}" cascade`).join(';'))
  }
})

/** The states of the broker's own backend. */
async function inHttp<T>(use: (backend: StateBackend, db: Database) => Promise<T>): Promise<T> {
  const directory = settings.DATA_DIR as string
  const database = await openDatabase(settings.DATABASE_URL, directory, log)
  try {
    const keyRing = await loadOrCreateKeyFile(join(directory, 'state.keys'))
    const backend = await StateBackend.open({ db: database.db, keyRing })
    return await use(backend, database.db)
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

/** With a number that JavaScript can't hold, so that it shows when a state was not kept byte for byte. */
function stateOf(stack: string, serial = 7): string {
  return `{"version": 4, "serial": ${serial}, "lineage": "lineage of ${stack}", "outputs": {
    "exact": {"value": 12345678901234567890123, "type": "number"}}, "resources": []}\n`
}

/** Instances with their states. */
const fill = (all: string[]) =>
  inHttp(async (backend, db) => {
    const requests = requestsWithoutJobs(db)
    for (const stack of all) {
      const given = { id: stack, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
      await requests.create(newInstance(given, anyTarget))
      await backend.import(stack, Buffer.from(stateOf(stack)), 'test')
    }
  })

describe('moving all states', () => {
  test('goes to PostgreSQL, S3 and back, byte for byte', async () => {
    await fill(stacks.slice(0, 3))
    const toPg = await statesCommand(settings, 'move', '--to', 'pg')
    expect(toPg).toMatchObject({ code: 0 })
    expect(toPg.output).toContain(`${stackOf(1)}  serial 7, lineage lineage of ${stackOf(1)}  moved`)
    expect(toPg.output).toContain(
      'The states live in pg now: 3 of them.\nStart the broker with STATE_BACKEND=pg.',
    )
    expect(await stateInPg(postgres, stackOf(1))).toBe(stateOf(stackOf(1)))

    expect(await statesCommand(settings, 'move', '--to', 's3')).toMatchObject({ code: 0 })
    expect(s3.objects.get(`redis/${stackOf(2)}.tfstate`)).toMatchObject({ body: stateOf(stackOf(2)) })

    // As Terraform writes the next one.
    s3.objects.set(`redis/${stackOf(2)}.tfstate`, {
      body: stateOf(stackOf(2), 8),
      encryption: 'AES256',
      kmsKey: undefined,
    })
    expect(await statesCommand(settings, 'move', '--to', 'http')).toMatchObject({ code: 0 })
    const bodies = await inHttp(async (backend) => [
      String(await backend.readBytes(stackOf(1))),
      String(await backend.readBytes(stackOf(2))),
    ])
    expect(bodies).toEqual([stateOf(stackOf(1)), stateOf(stackOf(2), 8)])
  })

  test('goes on where a kill interrupted it, and nothing of it is lost', async () => {
    await fill(stacks)
    const killed = startStatesCommand(settings, 'move', '--to', 'pg')
    await killed.firstLine()
    killed.kill()
    expect((await killed.ended).output).not.toContain('live in pg now')

    const again = await statesCommand(settings, 'move', '--to', 'pg')
    expect(again).toMatchObject({ code: 0 })
    expect(again.output).toContain(
      `${stackOf(0)}  serial 7, lineage lineage of ${stackOf(0)}  was there already`,
    )
    expect(again.output).toContain(`${stackOf(39)}  serial 7, lineage lineage of ${stackOf(39)}  moved`)
    const all = await query(
      stacks.map((stack) => `select data from "redis_${stack}".states`).join(' union all '),
    )
    expect(all.map(({ data }) => data)).toEqual(stacks.map((stack) => stateOf(stack)))
  })

  test('stops at a state of which the other side has another lineage, a newer serial or other content', async () => {
    await fill(stacks.slice(0, 1))
    const key = `redis/${stackOf(0)}.tfstate`
    const others: [string, RegExp][] = [
      [stateOf('another', 1), /another lineage/],
      [stateOf(stackOf(0), 9), /has serial 9, and http 7/],
      [stateOf(stackOf(0)).replace('123,', '124,'), /has serial 7/],
    ]
    for (const [state, says] of others) {
      s3.objects.set(key, { body: state, encryption: undefined, kmsKey: undefined })
      const move = await statesCommand(settings, 'move', '--to', 's3')
      expect(move).toMatchObject({ code: 1, output: expect.stringMatching(says) })
      expect(s3.objects.get(key)?.body).toBe(state)
    }
    expect((await statesCommand(settings, 'abandon')).output).toBe('The states live in http.\n')
  })

  test('leaves copies, and removes them only when asked', async () => {
    await fill(stacks.slice(0, 2))
    expect((await statesCommand(settings, 'forget', '--in', 'http')).output).toMatch(
      /^The states are not forgotten in http: they live there/,
    )
    await statesCommand(settings, 'move', '--to', 's3')
    expect(await inHttp((backend) => backend.stacks())).toEqual([stackOf(0), stackOf(1)])
    expect((await statesCommand(settings, 'forget', '--in', 'http', '--yes')).output).toBe(
      'Copies removed from http: 2.\n',
    )
    expect(await inHttp((backend) => backend.stacks())).toEqual([])
    expect(s3.objects.size).toBe(2)
  })

  test('leaves the states of others in the same bucket where they are', async () => {
    await fill(stacks.slice(0, 2))
    await statesCommand(settings, 'move', '--to', 's3')
    // An instance that is gone: its operations stay, and so may a copy of its state.
    await inHttp((_, db) => db.delete(instanceTable).where(eq(instanceTable.id, stackOf(1))))
    const foreign = `redis/${stackOf(7)}.tfstate`
    s3.objects.set(foreign, { body: stateOf(stackOf(7)), encryption: undefined, kmsKey: undefined })
    expect((await statesCommand(settings, 'where')).output).toBe('The states live in s3: 2 of them.\n')

    const moved = await statesCommand(settings, 'move', '--to', 'pg')
    expect(moved.output).toContain(`${stackOf(7)}  left alone: not of this broker\n`)
    expect(moved.output).toContain('The states live in pg now: 2 of them.')
    expect(await stateInPg(postgres, stackOf(0))).toBe(stateOf(stackOf(0)))
    expect(await query(`select 1 from pg_namespace where nspname = 'redis_${stackOf(7)}'`)).toEqual([])
    expect((await statesCommand(settings, 'forget', '--in', 's3', '--yes')).output).toBe(
      `${stackOf(7)}  left alone: not of this broker\nCopies removed from s3: 2.\n`,
    )
    expect([...s3.objects.keys()]).toEqual([foreign])
  })
})
