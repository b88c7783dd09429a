import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../support/broker.ts'
import { postgresProgram, startPostgres } from '../support/postgres.ts'
import { runCommand } from '../support/program.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/deploy/release.md'), 'utf8')

/** The commands of the page that begin so. */
function commandsOf(...beginnings: string[]): string {
  const lines = page.split('\n').filter((line) => beginnings.some((beginning) => line.startsWith(beginning)))
  expect(lines).toHaveLength(beginnings.length)
  return lines.join('\n')
}

test('a database is backed up and restored with the commands of the page, and the instances are there again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'backup-'))
  const postgres = await startPostgres()
  onTestFinished(async () => {
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const restored = new URL(postgres.url)
  restored.pathname = '/broker_restored'
  const sh = (commands: string) =>
    execFileSync('sh', ['-ec', commands], {
      cwd: directory,
      env: {
        PATH: `${dirname(postgresProgram('pg_dump'))}:${process.env.PATH}`,
        DATABASE_URL: postgres.url,
        MAINTENANCE_URL: postgres.url,
        RESTORED_URL: restored.href,
      },
    })

  const settings = { STATE_KEYS: KeyRing.newEntry('k'), DRIFT_SCHEDULE: 'off' }
  const before = await TestBroker.start({ ...settings, DATABASE_URL: postgres.url })
  onTestFinished(() => before.remove())
  const [kept, later] = [randomUUID(), randomUUID()]
  await before.created(kept)
  const { credentials } = (await before.bind(kept, 'key')).body
  sh(commandsOf('pg_dump '))
  await before.created(later)
  await before.stop()

  sh(commandsOf('createdb ', 'pg_restore '))
  const data = { DATA_DIR: before.dataDirectory, DATABASE_URL: restored.href }
  const after = await TestBroker.start({ ...settings, ...data })
  onTestFinished(async () => {
    await after.stop()
  })
  expect((await after.bind(kept, 'other-key')).body.credentials).toEqual(credentials)
  const orphans = await runCommand(['orphans', '--json'], after)
  expect(JSON.parse(orphans.stdout).orphans).toMatchObject([{ group: `cf-${later}` }])
  await after.stop()

  // Without the keys of then it does not start.
  await expect(TestBroker.start({ ...data, STATE_KEYS: KeyRing.newEntry('another') })).rejects.toThrow(/key/)
})
