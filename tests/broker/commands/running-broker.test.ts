import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { finishWaits } from '../../support/groups.ts'
import { runCommand } from '../../support/program.ts'

const ids = ['a', 'b', 'c'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`) as [
  string,
  string,
  string,
]
const [first, second, third] = ids

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())

const run = (...args: string[]) => runCommand(args, broker)

/** Each of them differs from what its state says, and a drift check has found that. */
async function drifted(...instances: string[]) {
  for (const id of instances) {
    await broker.aws((aws) => aws.modifyReplicationGroup(`cf-${id}`, { snapshotRetentionLimit: 5 }))
  }
  expect((await run('drift', ...instances)).code).toBe(2)
}

test('without instances the list says so, and cdktf is not asked', async () => {
  expect((await run('list')).stdout).toBe('There are none.')
  const { code, stdout } = await run('cdktf', 'list')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'There are no instances, and so no stacks.' })
})

describe('an operation that was queued', () => {
  test('is followed by its log, up to its end', async () => {
    await broker.provision(first, 'redis-dev', { context: { instance_name: 'first' } })
    const { code, stdout, stderr } = await run('log', 'first', '--follow')
    expect(code).toBe(0)
    expect(stdout).toMatch(/attempt 1: .*cdktf deploy/)
    expect(stderr).toMatch(/so far\n.*The provision has succeeded$/s)
  })

  test('is waited for, and JSON has it as it is then', async () => {
    await drifted(first)
    const { code, stdout, stderr } = await run('reconcile', 'first', '--wait', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).operation).toMatchObject({ type: 'update', state: 'succeeded' })
    expect(stderr).toContain('The update has succeeded')
  })

  test('that fails makes the exit code 1', async () => {
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 60_000 }))
    await broker.update(first, { plan_id: '3nd336bf-387f-44c1-9b81-575fel966443' })
    const waiting = run('log', 'first', '--follow')
    await run('cancel', 'first')
    const { code, stderr } = await waiting
    expect(code).toBe(1)
    expect(stderr).toContain('The update has failed: Stopped by operator operator.')
    await broker.aws((aws) => aws.setBehaviour({}))
    expect((await run('retry', 'first', '--wait')).code).toBe(0)
  })
})

describe('many', () => {
  beforeAll(async () => {
    await broker.created(second)
    await broker.created(third)
  })

  test('are listed page by page, or all at once', async () => {
    const page = JSON.parse((await run('list', '--limit', '2', '--json')).stdout)
    expect(page.instances.map((one: { instance: string }) => one.instance)).toEqual([first, second])
    expect(page).toMatchObject({ next: second, total: 3 })
    const rest = await run('list', '--limit', '2', '--after', page.next, '--json')
    expect(JSON.parse(rest.stdout)).toMatchObject({ instances: [{ instance: third }], next: null })
    expect((await run('list', '--limit', '2')).stdout).toContain(`redis-broker list --after ${second}`)
    expect(JSON.parse((await run('list', '--all', '--json')).stdout).instances).toHaveLength(3)
    expect((await run('list', '--limit', '0')).stderr).toBe('limit: must be at least 1')
  })

  test('that drifted are told and not touched in a dry run', async () => {
    await drifted(...ids)
    const { code, stdout } = await run('reconcile-all', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('3 instances. Nothing was done.')
    expect(JSON.parse((await run('list', '--drift', 'drifted', '--json')).stdout).total).toBe(3)
  })

  test('are not reconciled unless it is meant', async () => {
    const { code, stderr } = await run('reconcile-all')
    expect(code).toBe(1)
    expect(stderr).toContain('3 instances are reconciled, 2 at a time. Nothing was done')
  })

  test('are begun no more after a failure, and the next run goes on with what is left', async () => {
    await broker.aws((aws) => aws.deleteReplicationGroup(`cf-${first}`))
    await run('drift', first)
    // One that is in progress can't be reconciled.
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 60_000 }))
    await broker.update(second, { parameters: { engineVersion: '7.0' } })
    const stopped = await run('reconcile-all', '--yes', '--at-once', '1', '--json')
    expect(stopped.code).toBe(1)
    expect(JSON.parse(stopped.stdout).outcomes).toMatchObject([
      { instance: second, state: 'refused', message: expect.stringContaining('in progress') },
      { instance: third, state: 'not begun', message: null },
    ])
    await finishWaits(broker)
    await broker.ended(second)
    const again = await run('reconcile-all', '--yes', '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout).outcomes).toContainEqual(
      expect.objectContaining({ instance: third, state: 'succeeded' }),
    )
    expect((await run('reconcile-all', '--dry-run')).stdout).toBe('No instance needs it. Nothing was done.')
  })

  test('whose Redis is gone get a new one only where that is asked for', async () => {
    const { stdout } = await run('reconcile-all', '--missing', '--dry-run', '--json')
    expect(JSON.parse(stdout).instances).toMatchObject([{ instance: first, driftState: 'missing' }])
  })
})

test('who rotates the credentials of a Redis that is gone is pointed to reconcile', async () => {
  const { code, stderr } = await run('rotate', 'first')
  expect(code).toBe(1)
  expect(stderr).toContain(`npx redis-broker reconcile ${first}`)
})

test('what answers but is no broker is told as such', async () => {
  const url = /AWS_ENDPOINT_URL=(\S+)/.exec(broker.output)?.[1] ?? ''
  const { stderr } = await runCommand(['list'], { url })
  expect(stderr).toBe(`What answers at ${url} is no broker. Set BROKER_URL to the address of one.`)
})

describe('a shell completes', () => {
  const launcher = fileURLToPath(new URL('../../../broker/commands/redis-broker.mjs', import.meta.url))

  /** The words that bash offers for the last one. */
  async function completed(...words: string[]): Promise<string[]> {
    const script = `eval "$(${launcher} completion bash)"
      COMP_WORDS=(redis-broker "$@"); COMP_CWORD=$#
      _redis_broker; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await execa('bash', ['-c', script, 'bash', ...words], {
      cwd: '/',
      env: { BROKER_URL: broker.url },
    })
    return stdout.split('\n')
  }

  test.each<[string[], string[]]>([
    [['retr'], ['retry']],
    [['states', 'ver'], ['versions']],
    [['list', '--dr'], ['--drift']],
    [['list', '--drift', 'cl'], ['clean']],
    [
      ['states', 'move', '--to', ''],
      ['http', 's3', 'pg'],
    ],
    [['show', 'fir'], ['first']],
    [['show', 'bbbb'], [second]],
    [['drift', 'first', 'cccc'], [third]],
    [['show', 'first', ''], ['']],
  ])('%j', async (words, found) => {
    expect(await completed(...words)).toEqual(found)
  })
})
