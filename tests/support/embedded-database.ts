import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenDatabase, openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import { repository } from '../../broker/terraform/environment.ts'

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
 * Puts a PGlite without tables into a data directory, where the broker would make one. Making one costs as much as
 * all else of a broker's start, so one is kept for all tests, and copied.
 */
export function placeEmptyDatabase(dataDirectory: string): void {
  copyEmptyDatabase(join(dataDirectory, 'database'))
}

/** @param directory which holds nothing else */
export function copyEmptyDatabase(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  cpSync(keptDatabase(), directory, { recursive: true })
}

function keptDatabase(): string {
  const manifest = join(repository, 'node_modules/@electric-sql/pglite/package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
  const cache = join(repository, 'node_modules/.cache/tests')
  const kept = join(cache, `pglite-${version}`)
  if (existsSync(kept)) return kept
  mkdirSync(cache, { recursive: true })
  const made = mkdtempSync(join(cache, 'new-'))
  const program = join(repository, 'broker/database/new-embedded.ts')
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, made])
  try {
    renameSync(made, kept)
  } catch (error) {
    // Another test file was faster.
    rmSync(made, { recursive: true })
    if (!existsSync(kept)) throw error
  }
  return kept
}
