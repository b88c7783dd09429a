import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { repository } from '../../../broker/terraform/environment.ts'
import { explain } from '../../../broker/terraform/failures.ts'
import { marks } from '../../../broker/terraform/marks.ts'
import { Terraform } from '../../../broker/terraform/terraform.ts'
import { isSuccessor, WorkDirectories } from '../../../broker/terraform/work-directories.ts'
import { renderStacks, stackDirectory } from '../../../stacks/render.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { stackSpec } from '../../support/stack-spec.ts'

const stack = 'one'
const children: ChildProcess[] = []
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'work-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  vi.unstubAllEnvs()
  await rm(root, { recursive: true, force: true })
})

/** A process that an attempt has started in the directory. */
async function worker(directory: string, attempt: string): Promise<ChildProcess> {
  const env = { PATH: process.env.PATH, ...marks(directory, attempt) }
  const child = spawn('sleep', ['60'], { env, stdio: 'ignore' })
  children.push(child)
  await once(child, 'spawn')
  return child
}

/** An attempt on the directory, with a shell script in the place of terraform. */
async function attemptWith(script: string, signal = new AbortController().signal): Promise<Terraform> {
  const programs = join(root, 'bin')
  await mkdir(programs)
  await writeFile(join(programs, 'terraform'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const program = join(programs, 'provider')
  const listening = `#!/bin/sh\necho $$ > '${program}.pid'\necho "TF_REATTACH_PROVIDERS='{}'"\nexec sleep 1000\n`
  await writeFile(program, listening, { mode: 0o755 })
  const own = join(repository, 'node_modules', '.bin')
  vi.stubEnv('PATH', [programs, own, process.env.PATH].join(delimiter))
  const terraform = new Terraform({
    workDirectory: new WorkDirectories(root).path(stack),
    attempt: 'operation/1',
    stack,
    provider: { environment: {}, program },
    stateAccess: {},
    secrets: [],
    signal,
    log: async () => {},
    unsaved: () => {},
  })
  onTestFinished(() => terraform.close())
  return terraform
}

const runs = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null

test("an attempt that has lost its turn leaves its successor's processes and directory alone", async () => {
  // Two broker processes that share a data directory.
  const [stale, successor] = [new WorkDirectories(root), new WorkDirectories(root)]
  const directory = stale.path(stack)
  expect(await stale.open(stack, 'operation/1')).toBe(0)
  const first = await worker(directory, 'operation/1')

  expect(await successor.open(stack, 'operation/2')).toBe(1)
  expect(runs(first)).toBe(false)
  const second = await worker(directory, 'operation/2')
  const late = await worker(directory, 'operation/1')

  await stale.close(stack, 'operation/1')
  expect(runs(late)).toBe(false)
  expect(runs(second)).toBe(true)
  expect(existsSync(directory)).toBe(true)

  await successor.close(stack, 'operation/2')
  expect(runs(second)).toBe(false)
  expect(existsSync(directory)).toBe(false)
})

test('in one process, too, a late close leaves the directory to the next attempt', async () => {
  const directories = new WorkDirectories(root)
  await directories.open(stack, 'operation/1')
  await directories.open(stack, 'operation/2')
  await directories.close(stack, 'operation/1')
  await directories.tidy(async () => false)
  expect(existsSync(directories.path(stack))).toBe(true)
  await directories.close(stack, 'operation/2')
  expect(existsSync(directories.path(stack))).toBe(false)
})

test("an attempt that is told to stop ends its own terraform, before the provider, and not another attempt's", async () => {
  const workDirectory = new WorkDirectories(root).path(stack)
  await mkdir(stackDirectory(workDirectory, stack), { recursive: true })
  const end = new AbortController()
  const ready = join(root, 'ready')
  // It saves its state and unlocks, for which it needs the provider.
  const stopping = `sleep 0.5; kill -0 $(cat '${join(root, 'bin', 'provider.pid')}') && echo saved; exit 1`
  const terraform = await attemptWith(
    `trap '${stopping.replaceAll("'", `'"'"'`)}' TERM; touch '${ready}'; while :; do sleep 0.1; done`,
    end.signal,
  )
  const other = await worker(workDirectory, 'operation/2')
  const run = terraform.terraform('plan')
  while (!existsSync(ready)) await sleep(20)
  end.abort()
  expect(await run).toMatchObject({ ok: false, aborted: true, output: 'saved' })
  expect(runs(other)).toBe(true)
})

test('clearing up after a dead attempt leaves alone what a new one starts meanwhile', async () => {
  const [dead, fresh] = [new WorkDirectories(root), new WorkDirectories(root)]
  const directory = dead.path(stack)
  await dead.open(stack, 'operation/1')
  const [ready, told] = [join(root, 'ready'), join(root, 'told')]
  const script = `trap "touch ${told}" TERM; touch ${ready}; while :; do sleep 0.1; done`
  const shell = spawn('sh', ['-c', script], {
    env: { PATH: process.env.PATH, ...marks(directory, 'operation/1') },
    stdio: 'ignore',
  })
  children.push(shell)
  while (!existsSync(ready)) await sleep(20)

  // It waits for what does not heed a signal.
  const tidied = fresh.tidy(async () => false)
  while (!existsSync(told)) await sleep(20)
  const second = await worker(directory, 'operation/2')
  shell.kill('SIGKILL')
  await tidied
  expect(runs(second)).toBe(true)
})

test.each(['this process', 'another process'])(
  'a directory that an attempt of %s takes while it is tidied stays',
  async (where) => {
    const directories = new WorkDirectories(root)
    await new WorkDirectories(root).open(stack, 'operation/1')
    let looks = 0
    await directories.tidy(async () => {
      if (looks++ === 0) return false
      if (where === 'another process') return true
      await directories.open(stack, 'operation/2')
      return false
    })
    expect(existsSync(directories.path(stack))).toBe(true)
  },
)

test('a directory that can not be tidied stays, and keeps no other one', async () => {
  const directories = new WorkDirectories(root)
  for (const each of ['a', 'b']) await new WorkDirectories(root).open(each, 'operation/1')
  const tidied = directories.tidy(async (each) => {
    if (each === 'a') throw new Error('its state can not be read')
    return false
  })
  await expect(tidied).rejects.toThrow('its state can not be read')
  expect(['a', 'b'].map((each) => existsSync(directories.path(each)))).toEqual([true, false])
})

test('a state that could not be saved goes on from the saved one by lineage and serial', () => {
  const saved = { lineage: 'one', serial: 4 } as TerraformState
  expect(isSuccessor('{"lineage":"one","serial":5}', saved)).toBe(true)
  expect(isSuccessor('{"lineage":"one","serial":4}', saved)).toBe(false)
  expect(isSuccessor('{"lineage":"other","serial":5}', saved)).toBe(false)
  expect(isSuccessor('{"lineage":"one","ser', saved)).toBe(false)
})

test('a state that can not be read is not taken for one that is worth nothing', async () => {
  const directories = new WorkDirectories(root)
  await mkdir(directories.erroredState(stack), { recursive: true })
  await expect(directories.readErroredState(stack)).rejects.toThrow('EISDIR')
})

test('a terraform that is killed while cdktf asks for its version is none that is missing', async () => {
  await renderStacks([{ ...stackSpec, name: stack }], new WorkDirectories(root).path(stack))
  // Killed as a machine that is short of memory would do it, and then there is more that does not work.
  const terraform = await attemptWith('[ "$*" = "version -json" ] && kill -9 $$\n[ "$1" = version ]')
  const run = await terraform.cdktf('deploy')
  expect(run.output).toContain('Terraform CLI not present')
  expect(explain('deploy this Redis', run).transient).toBe(true)
})
