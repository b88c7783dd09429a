import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import { postgresProgram } from '../support/postgres.ts'
import { bytesOf, clientOf, OPERATOR, operatorAccess, state } from '../support/state-client.ts'
import { DATABASES, type TestDatabase } from './databases.ts'

describe.each(DATABASES)('A known auth token in a state on $name', ({ start }) => {
  const token = 'f00dcafe'.repeat(8)
  const logged: unknown[] = []
  let database: TestDatabase
  let secrets: string[]

  beforeAll(async () => {
    database = await start()
    const log = (fields: object, message: string) => void logged.push(fields, message)
    const key = KeyRing.newEntry('k1')
    const backend = await StateBackend.open({
      db: database.db,
      keyRing: KeyRing.parse(key),
      operatorAccess,
      log: { info: log, warn: log, error: log },
    })
    const attempt = await backend.grant({ stack: 'redis-1', attempt: 'a1', access: 'write', holder: 'a1' })
    const client = clientOf(backend.app, 'redis-1', attempt)
    for (const serial of [1, 2]) await client.write(bytesOf(state(serial, { content: token })))
    // Refused ones leave nothing behind either.
    await client.write(bytesOf(state(1, { content: token })))
    await client.write(bytesOf(state(3, { content: token })).subarray(0, -1))
    await database.db.execute(sql`checkpoint`)
    secrets = [token, attempt.password, OPERATOR.password, key.slice('k1:'.length)]
  })
  afterAll(() => database?.stop())

  /** Which of the secrets are in there, as they are or as hexadecimal digits or base64 of them. */
  const found = (data: Buffer) =>
    secrets.filter((secret) =>
      [
        secret,
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      ].some((form) => data.includes(form)),
    )

  test('is nowhere in the data files, nor in a dump', async () => {
    const files = readdirSync(database.directory, { recursive: true, withFileTypes: true })
    const contents = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name)))
    if (database.url) {
      const dump = await execa(postgresProgram('pg_dump'), [database.url], { encoding: 'buffer' })
      expect(Buffer.from(dump.stdout).includes('redis-1')).toBe(true)
      contents.push(Buffer.from(dump.stdout))
    }
    expect(contents.some((content) => content.includes('redis-1'))).toBe(true)
    expect(contents.flatMap(found)).toEqual([])
  })

  test('is nowhere in the log', () => {
    const text = JSON.stringify(logged)
    expect(text).toContain('redis-1')
    expect(found(Buffer.from(text))).toEqual([])
  })
})
