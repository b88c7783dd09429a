import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { bytesOf, OPERATOR, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function tampering(bench: Bench): void {
  const { client } = bench
  describe('who can write the database can not put an older state back unnoticed', () => {
    const changes = {
      'by making an old version current': [sql`update state_backend.stacks set version = 1`],
      'by making an old version current and the last': [
        sql`update state_backend.stacks set version = 1, serial = 1, last_version = 1`,
      ],
      'by taking the newer version away as well': [
        sql`update state_backend.stacks set version = 1, serial = 1`,
        sql`delete from state_backend.versions where version = 2`,
      ],
      'by taking the current version away': [sql`delete from state_backend.versions where version = 2`],
      'by putting old content in the place of the new': [
        sql`update state_backend.versions v set sealed = o.sealed
            from state_backend.versions o where o.version = 1 and v.version = 2`,
      ],
      'by giving an old version the number of the new': [
        sql`delete from state_backend.versions where version = 2`,
        sql`update state_backend.versions set version = 2, serial = 2`,
      ],
      'by giving it the number of the new, and the new its serial': [
        sql`delete from state_backend.versions where version = 2`,
        sql`update state_backend.versions set version = 2`,
        sql`update state_backend.stacks set serial = 1`,
      ],
      'by calling the current serial an older one': [sql`update state_backend.stacks set serial = 1`],
      'by calling its lineage another one': [sql`update state_backend.stacks set lineage = 'other'`],
      'by calling it so in its version, too': [
        sql`update state_backend.stacks set serial = 1`,
        sql`update state_backend.versions set serial = 1 where version = 2`,
      ],
      'by giving it the lineage of another state': [
        sql`update state_backend.stacks set lineage = 'other'`,
        sql`update state_backend.versions set lineage = 'other' where version = 2`,
      ],
    }

    test.each(Object.entries(changes))('%s', async (_how, statements) => {
      for (const serial of [1, 2]) await client().write(bytesOf(state(serial)))
      for (const statement of statements) await bench.database.db.execute(statement)
      await expect(bench.backend.readBytes(STACK)).rejects.toThrow(/changed in the database|does not open/)
      expect((await client().get()).status).toBe(500)
      expect(bench.logged.at(-1)).toMatchObject({ message: 'State request failed' })
    })

    test('nor the state of another stack', async () => {
      for (const stack of [STACK, 'other']) await client(OPERATOR, stack).write(bytesOf(state(1)))
      await bench.database.db.execute(
        sql`update state_backend.versions v set sealed = o.sealed
            from state_backend.versions o where o.stack = 'other' and v.stack = ${STACK}`,
      )
      await expect(bench.backend.readBytes(STACK)).rejects.toThrow('does not open')
    })
  })
}
