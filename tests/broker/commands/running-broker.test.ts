import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../../broker/database/database.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { plans, TestBroker } from '../../support/broker.ts'
import { cloneInstance } from '../../support/clones.ts'
import { finishWaits, untilGroupIs } from '../../support/groups.ts'
import { once } from '../../support/once.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { type ProgramRun, runCommand } from '../../support/program.ts'
import { until } from '../../support/until.ts'
import { offered } from './offered.ts'

const key = KeyRing.newEntry('test')

let postgres: Postgres
let broker: TestBroker
let database: OpenDatabase
let withoutInstances: Record<'list' | 'cdktf', ProgramRun>
beforeAll(async () => {
  postgres = await startPostgres()
  broker = await TestBroker.start({ DATABASE_URL: postgres.url, STATE_KEYS: key, DRIFT_SCHEDULE: 'off' })
  database = await openDatabase(postgres.url, broker.dataDirectory, createLog('silent'))
  withoutInstances = { list: await run('list'), cdktf: await run('cdktf', 'list') }
})
afterAll(async () => {
  await database?.close()
  await broker?.remove()
  await postgres?.stop()
})

const run = (...args: string[]) => runCommand(args, broker)
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)

/** A creation that was queued, of an instance with the name `first`. */
const created = once(async () => {
  const id = randomUUID()
  await broker.provision(id, 'redis-dev', { context: { instance_name: 'first' } })
  return { id, followed: await run('log', 'first', '--follow') }
})

/** An update of it that an operator has cancelled, and what it looked like to one who followed it. */
const cancelled = once(async () => {
  const { id } = await created()
  await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 60_000 }))
  await broker.update(id, { plan_id: plans['redis-3node'] })
  await untilGroupIs(broker, id, 'modifying')
  const following = run('log', 'first', '--follow')
  const answer = await json('cancel', 'first')
  // It goes when the last process of the attempt has ended.
  await until(() => !existsSync(join(broker.dataDirectory, 'work', id)))
  await broker.aws((aws) => aws.setBehaviour({}))
  return { id, answer, ended: await broker.ended(id), followed: await following }
})

/** The same update once more. */
const retried = once(async () => {
  const { id } = await cancelled()
  return {
    id,
    waited: await run('retry', 'first', '--wait', '--json'),
    shown: await json('show', 'first'),
    again: await run('retry', 'first'),
    tooLate: await run('cancel', 'first'),
  }
})

/** Three instances that are as they are meant to be, named in the order of lists. */
const many = once(async () => {
  // The last of its own story: it gets another name here, and may become the one whose Redis is gone.
  const { id } = await retried()
  const site = { broker, db: database.db, keyRing: KeyRing.parse(key) }
  await cloneInstance(site, id, 2)
  const { instances } = await json('list', '--all')
  const ids = instances.map(({ instance }: { instance: string }) => instance) as [string, string, string]
  for (const [index, instance_name] of ['first', 'second', 'third'].entries())
    expect((await broker.update(ids[index] as string, { context: { instance_name } })).status).toBe(200)
  return ids
})

/** The Redis of the first one is gone, the others have other settings than they should, and a sweep knows. */
const astray = once(async () => {
  const ids = await many()
  await broker.aws(async (aws) => {
    await aws.deleteReplicationGroup(`cf-${ids[0]}`)
    for (const id of ids.slice(1)) await aws.modifyReplicationGroup(`cf-${id}`, { snapshotRetentionLimit: 5 })
  })
  expect((await run('drift')).code).toBe(2)
  return ids
})

/** What is told of them before anything is done about it. */
const told = once(async () => {
  const ids = await astray()
  return {
    ids,
    dryRun: await run('reconcile-all', '--dry-run'),
    unconfirmed: await run('reconcile-all'),
    missing: await json('reconcile-all', '--missing', '--dry-run'),
    others: await json('reconcile-all', '--dry-run'),
  }
})

test('without instances the list says so, and cdktf is not asked', () => {
  expect(withoutInstances.list.stdout).toBe('There are none.')
  const { code, stdout } = withoutInstances.cdktf
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'There are no instances, and so no stacks.' })
})

describe('an operation that was queued', () => {
  test('is followed by its log, up to its end', async () => {
    const { code, stdout, stderr } = (await created()).followed
    expect(code).toBe(0)
    expect(stdout).toMatch(/attempt 1: .*cdktf deploy/)
    expect(stderr).toMatch(/so far\n.*The provision has succeeded$/s)
  })

  test('is cancelled, its terraform ends, and who follows it gets the exit code 1', async () => {
    const { answer, ended, followed } = await cancelled()
    const description = expect.stringContaining('Stopped by operator operator')
    expect(answer.operation).toMatchObject({ state: 'failed', description, finishedAt: expect.any(String) })
    expect(ended).toMatchObject({ state: 'failed', description })
    expect(followed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The update has failed: Stopped by operator operator.'),
    })
  })

  test('is begun once more when it has failed, and waited for: JSON has it as it is then', async () => {
    const { waited, shown, again, tooLate } = await retried()
    expect(waited.code).toBe(0)
    expect(JSON.parse(waited.stdout).operation).toMatchObject({ type: 'update', state: 'succeeded' })
    expect(waited.stderr).toContain('The update has succeeded')
    expect(shown).toMatchObject({ plan: 'redis-3node' })
    expect(again.stderr).toContain('succeeded')
    expect(tooLate.stderr).toContain('No operation is in progress')
  })
})

describe('many', () => {
  test('are listed page by page, or all at once', async () => {
    const [first, second, third] = await many()
    const page = await json('list', '--limit', '2')
    expect(page.instances.map((one: { instance: string }) => one.instance)).toEqual([first, second])
    expect(page).toMatchObject({ next: second, total: 3 })
    const rest = await json('list', '--limit', '2', '--after', second)
    expect(rest).toMatchObject({ instances: [{ instance: third }], next: null })
    expect((await run('list', '--operation', 'succeeded', '--limit', '2')).stdout).toMatch(
      new RegExp(
        `^3 instances fit.* npx redis-broker list --operation succeeded --limit 2 --after ${second}$`,
        'm',
      ),
    )
    expect((await run('list', '--limit', '0')).stderr).toBe('limit must be a whole number from 1 to 1000')
  })

  test('that drifted are told and not touched in a dry run', async () => {
    const { code, stdout } = (await told()).dryRun
    expect(code).toBe(0)
    expect(stdout).toContain('2 instances. Nothing was done.')
  })

  test('are not reconciled unless it is meant', async () => {
    const { code, stderr } = (await told()).unconfirmed
    expect(code).toBe(1)
    expect(stderr).toContain('2 instances would be reconciled, 2 at a time. Nothing was done')
  })

  test('whose Redis is gone get a new one only where that is asked for', async () => {
    const { ids, missing, others } = await told()
    const [first, second, third] = ids
    const states = new Map(
      missing.instances.map((one: { instance: string; driftState: string }) => [
        one.instance,
        one.driftState,
      ]),
    )
    expect(states.get(first)).toBe('missing')
    expect(others.instances).toMatchObject([{ instance: second }, { instance: third }])
  })

  test('are begun no more after a failure, and the next run goes on with what is left', async () => {
    const [, second, third] = (await told()).ids
    // One that is in progress can't be reconciled.
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 60_000 }))
    await broker.update(second, { parameters: { engineVersion: '7.0' } })
    const stopped = await run('reconcile-all', '--yes', '--at-once', '1', '--json')
    expect(stopped.code).toBe(1)
    expect(JSON.parse(stopped.stdout).outcomes).toMatchObject([
      { instance: second, state: 'refused', message: expect.stringContaining('in progress') },
      { instance: third, state: 'not begun', message: null },
    ])
    await untilGroupIs(broker, second, 'modifying')
    await finishWaits(broker)
    await broker.ended(second)
    const again = await run('reconcile-all', '--yes', '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout).outcomes).toContainEqual(
      expect.objectContaining({ instance: third, state: 'succeeded' }),
    )
    expect((await run('reconcile-all', '--dry-run')).stdout).toBe('No instance needs it. Nothing was done.')
  })
})

test('who rotates the credentials of a Redis that is gone is pointed to reconcile', async () => {
  const [first] = await astray()
  const { code, stderr } = await run('rotate', first)
  expect(code).toBe(1)
  expect(stderr).toContain(`npx redis-broker reconcile ${first}`)
})

test('what answers but is no broker is told as such', async () => {
  const url = /AWS_ENDPOINT_URL=(\S+)/.exec(broker.output)?.[1] ?? ''
  const { stderr } = await runCommand(['list'], { url })
  expect(stderr).toBe(`What answers at ${url} is no broker. Set BROKER_URL to the address of one.`)
})

describe('a shell completes', () => {
  const completed = (...words: string[]) => offered(broker.url, words)

  test.each<[string[], string[]]>([
    [['retr'], ['retry']],
    [['states', 'ver'], ['versions']],
    [['list', '--dr'], ['--drift']],
    [['list', '--drift', 'cl'], ['clean']],
    [
      ['states', 'move', '--to', ''],
      ['http', 's3', 'pg'],
    ],
  ])('%j', async (words, found) => {
    expect(await completed(...words)).toEqual(found)
  })

  test('instances, by their names and how their guids begin', async () => {
    const [first, second] = await many()
    expect(await completed('show', 'fir')).toEqual(['first'])
    expect(await completed('drift', 'first', second.slice(0, 8))).toEqual([second])
    expect(await completed('show', first, '')).toEqual([''])
  })
})
