import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../support/broker.ts'
import { changeJson, makeRelease } from '../support/make-release.ts'
import { commandsOf } from '../support/page.ts'
import { startPostgres } from '../support/postgres.ts'
import { loginOf, withRedis } from '../support/redis.ts'
import { Machine } from './machine.ts'

const [upgrade, wayBack] = commandsOf('deploy/release.md', 'Upgrade, and back') as [string[], string[]]

/** A migration of a later version: it adds to the tables. */
function addMigration(migrations: string, statement: string): void {
  writeFileSync(join(migrations, '9999_later.sql'), statement)
  changeJson<{ entries: object[] }>(join(migrations, 'meta/_journal.json'), ({ entries }) => {
    const entry = {
      idx: entries.length,
      version: '7',
      when: Date.now(),
      tag: '9999_later',
      breakpoints: true,
    }
    entries.push(entry)
  })
}

/** The next release, as an archive with its checksum, where the page has it: in the working directory. */
async function offerNextRelease(machine: Machine): Promise<void> {
  const made = join(machine.root, 'made')
  const release = await makeRelease(made, '0.3.0')
  addMigration(
    join(release, 'broker/database/migrations'),
    'ALTER TABLE broker.instances ADD COLUMN later text',
  )
  addMigration(join(release, 'state-backend/migrations'), 'CREATE TABLE state_backend.later (id text)')
  const archive = join(machine.root, 'redis-broker-0.3.0-linux-x64.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', made, 'redis-broker-0.3.0-linux-x64'])
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex')
  writeFileSync(`${archive}.sha256`, `${sum}  redis-broker-0.3.0-linux-x64.tar.gz\n`)
  rmSync(made, { recursive: true })
}

test('the commands of the page bring a broker to the next release and back, and its instances go on and can be changed under each', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const settings = { DATABASE_URL: postgres.url, STATE_KEYS: KeyRing.newEntry('k'), DRIFT_SCHEDULE: 'off' }
  const machine = await Machine.start(settings)
  onTestFinished(() => machine.remove())
  const broker = TestBroker.at(machine.url)
  const credentials = async (id: string) => (await broker.bind(id, randomUUID())).body.credentials
  const tables = new Client({ connectionString: postgres.url })
  await tables.connect()
  onTestFinished(() => tables.end())

  await makeRelease(join(machine.root, 'opt'), '0.2.0')
  expect(JSON.parse(await machine.run(wayBack))).toMatchObject({ status: 'ok', version: '0.2.0' })
  const id = randomUUID()
  await broker.created(id)
  const first = await credentials(id)
  await withRedis(loginOf(first), (redis) => redis.set('greeting', 'hello'))

  await offerNextRelease(machine)
  expect(JSON.parse(await machine.run(upgrade))).toMatchObject({ status: 'ok', version: '0.3.0' })
  await tables.query('select later from broker.instances, state_backend.later')
  expect(await credentials(id)).toEqual(first)
  await broker.update(id, { parameters: { rotateCredentials: true } })
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  const second = await credentials(id)
  expect(second.password).not.toBe(first.password)

  expect(JSON.parse(await machine.run(wayBack))).toMatchObject({ status: 'ok', version: '0.2.0' })
  expect(await credentials(id)).toEqual(second)
  expect(await withRedis(loginOf(second), (redis) => redis.get('greeting'))).toBe('hello')
  await broker.deprovision(id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
})
