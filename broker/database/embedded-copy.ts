import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { type Condition, conditionOf } from './condition.ts'

/**
 * Looks at an embedded database that nobody has open, in a copy: to open it is to write to it.
 * @param directory the database's own
 */
export async function conditionOfEmbedded(directory: string): Promise<Condition> {
  const copy = await mkdtemp(join(tmpdir(), 'redis-broker-database-'))
  try {
    await cp(directory, copy, { recursive: true })
    const client = await PGlite.create(copy)
    try {
      return await conditionOf(
        async <Row extends object>(text: string) => (await client.query<Row>(text)).rows,
      )
    } finally {
      // Nobody needs the copy again, and whoever can't close it has most likely failed to read it.
      await client.close().catch(() => {})
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
