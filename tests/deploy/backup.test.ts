import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../support/broker.ts'
import { makeGroup } from '../support/groups.ts'
import { makeRelease } from '../support/make-release.ts'
import { commandsOf } from '../support/page.ts'
import { postgresProgram, startPostgres } from '../support/postgres.ts'
import { runCommand } from '../support/program.ts'
import { Machine } from './machine.ts'

const [dump, restore, , copy, putBack] = commandsOf('deploy/release.md', 'Back up and restore') as string[][]

const [, start] = commandsOf('deploy/release.md', 'Upgrade, and back') as [string[], string[]]
const answers = start.at(-1) as string

test('a database that is lost is restored with the commands of the page, and the instances are there again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'backup-'))
  const postgres = await startPostgres()
  onTestFinished(async () => {
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const at = (database: string) => new URL(`/${database}`, postgres.url).href
  const sh = (...lines: string[]) =>
    execFileSync('sh', ['-ec', lines.join('\n')], {
      cwd: directory,
      env: {
        PATH: `${dirname(postgresProgram('pg_dump'))}:${process.env.PATH}`,
        DATABASE_URL: at('broker'),
        MAINTENANCE_URL: at('postgres'),
        RESTORED_URL: at('broker_restored'),
      },
    })

  sh('createdb --maintenance-db="$MAINTENANCE_URL" broker')
  const settings = { STATE_KEYS: KeyRing.newEntry('k'), DRIFT_SCHEDULE: 'off' }
  const before = await TestBroker.start({ ...settings, DATABASE_URL: at('broker') })
  onTestFinished(() => before.remove())
  const [kept, later] = [randomUUID(), randomUUID()]
  await before.created(kept)
  const { credentials } = (await before.bind(kept, 'key')).body
  sh(...(dump as string[]))
  const tags = { broker: 'elasticache-redis-broker', 'Instance GUID': later }
  await makeGroup(before, `cf-${later}`, tags)
  await before.stop()
  sh('dropdb --maintenance-db="$MAINTENANCE_URL" broker')

  sh(...(restore as string[]))
  const data = { DATA_DIR: before.dataDirectory, DATABASE_URL: at('broker_restored') }
  const after = await TestBroker.start({ ...settings, ...data })
  onTestFinished(async () => {
    await after.stop()
  })
  expect((await after.bind(kept, 'other-key')).body.credentials).toEqual(credentials)
  const orphans = await runCommand(['orphans', '--json'], after)
  expect(JSON.parse(orphans.stdout).orphans).toMatchObject([{ group: `cf-${later}` }])
})

test('a data directory that is lost is restored with the commands of the page, and the instances are there again', async () => {
  const machine = await Machine.start({ DRIFT_SCHEDULE: 'off' })
  onTestFinished(() => machine.remove())
  await makeRelease(join(machine.root, 'opt'), '0.2.0')
  const broker = TestBroker.at(machine.url)

  await machine.run(start)
  const id = randomUUID()
  await broker.created(id)
  const { credentials } = (await broker.bind(id, 'key')).body
  await machine.run(copy as string[])
  await machine.run(['systemctl stop redis-broker'])
  renameSync(machine.dataDirectory, `${machine.dataDirectory}-lost`)

  await machine.run([...(putBack as string[]), answers])
  expect((await broker.bind(id, 'other-key')).body.credentials).toEqual(credentials)
  const { code } = await runCommand(['drift', '--json'], broker)
  expect(code).toBe(0)
})
