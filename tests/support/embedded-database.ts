import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenDatabase, openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import { repository } from '../../broker/terraform/environment.ts'
import { nodeFlags } from './node.ts'

/** An open PGlite of the test's own, with the broker's tables. Closing it removes its files. */
export async function openEmbedded(): Promise<OpenDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'database-'))
  placeEmptyDatabase(directory)
  const database = await openDatabase(undefined, directory, createLog('silent'))
  return {
    ...database,
    async close() {
      await database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/**
 * Puts a PGlite with empty tables into a data directory, where the broker would make one. Making one costs more than
 * all else of a broker's start, so one is kept for all tests, and copied.
 */
export function placeEmptyDatabase(dataDirectory: string): void {
  copyEmptyDatabase(join(dataDirectory, 'database'))
}

/** @param directory which holds nothing else */
export function copyEmptyDatabase(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Not Node's own copying, which fills the holes of files.
  execFileSync('cp', ['-R', `${keptDatabase()}/.`, directory])
}

function keptDatabase(): string {
  const cache = join(repository, 'node_modules/.cache/tests')
  const kept = join(cache, `database-${kindOfDatabase()}`)
  if (existsSync(kept)) return kept
  mkdirSync(cache, { recursive: true })
  const made = mkdtempSync(join(cache, 'new-'))
  const program = join(import.meta.dirname, 'new-database.ts')
  execFileSync(process.execPath, [...nodeFlags, program, made])
  try {
    renameSync(join(made, 'database'), kept)
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(kept)) throw error
  }
  rmSync(made, { recursive: true })
  return kept
}

/** Another one for other tables, and for other versions of what makes them. */
function kindOfDatabase(): string {
  const files = [
    'node_modules/@electric-sql/pglite/package.json',
    'node_modules/pg-boss/package.json',
    'tests/support/new-database.ts',
    ...['broker/database', 'state-backend'].flatMap((room) => {
      const migrations = join(room, 'migrations')
      return readdirSync(join(repository, migrations))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => join(migrations, name))
    }),
  ]
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(repository, file)))
  return hash.digest('hex').slice(0, 16)
}
