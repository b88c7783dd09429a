import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Platform } from '../../../broker/platform/platform.ts'
import { marks } from '../../../broker/provisioner/processes.ts'
import { Terraform } from '../../../broker/provisioner/terraform.ts'
import { WorkDirectories } from '../../../broker/provisioner/work-directories.ts'
import { stackDirectory } from '../../../stacks/render.ts'

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

/** What an attempt has started on the directory. */
async function worker(directory: string, attempt: string): Promise<ChildProcess> {
  const env = { PATH: process.env.PATH, ...marks(directory, attempt) }
  const child = spawn('sleep', ['60'], { env, stdio: 'ignore' })
  children.push(child)
  await once(child, 'spawn')
  return child
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

test("an attempt that is told to stop ends its own terraform, and not another attempt's", async () => {
  const programs = join(root, 'bin')
  await mkdir(programs)
  await writeFile(join(programs, 'terraform'), '#!/bin/sh\nexec sleep 60\n')
  await chmod(join(programs, 'terraform'), 0o755)
  vi.stubEnv('PATH', `${programs}${delimiter}${process.env.PATH}`)
  const directories = new WorkDirectories(root)
  const workDirectory = directories.path(stack)
  await mkdir(stackDirectory(workDirectory, stack), { recursive: true })
  const end = new AbortController()
  const terraform = new Terraform({
    workDirectory,
    attempt: 'operation/1',
    stack,
    platform: { environment: {} } as Platform,
    stateAccess: {},
    signal: end.signal,
    log: async () => {},
  })
  const other = await worker(workDirectory, 'operation/2')
  const run = terraform.terraform('plan')
  setTimeout(() => end.abort(), 500)
  expect(await run).toMatchObject({ ok: false, aborted: true })
  expect(runs(other)).toBe(true)
})
