import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { nodeFlags } from '../support/node.ts'
import { programs } from '../support/processes.ts'
import { until } from '../support/until.ts'

const demo = fileURLToPath(new URL('../../broker/commands/demo.ts', import.meta.url))

/** The demo, with its temporary directory below one of the test's. */
async function start() {
  const directory = await mkdtemp(join(tmpdir(), 'demo-'))
  const child = spawn(process.execPath, [...nodeFlags, demo], {
    // A user's own arguments for Terraform have no part in it.
    env: { ...process.env, TMPDIR: directory, TF_CLI_ARGS: '-no-such-option' },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, as a terminal gives to a command.
    detached: true,
  })
  const ended = once(child, 'exit').then(([code]) => code)
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGINT')
    await ended
    await rm(directory, { recursive: true, force: true })
  })
  const left = async () => (await readdir(directory)).filter((name) => name.startsWith('redis-broker-demo-'))
  /** The processes that work in the directory of the demo: its Redis servers tell nothing else of where they belong. */
  const processes = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
      } catch {
        return false // ended in the meantime, or somebody else's
      }
    })
  const demonstration = { directory, child, ended, left, processes, output: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    demonstration.output += text
  })
  return demonstration
}

test('npm run demo tells the whole way of an instance, without its password, and leaves nothing behind', async () => {
  const demonstration = await start()
  expect(await demonstration.ended).toBe(0)
  const { output } = demonstration
  expect(output).toContain('→ hello from the demo')
  expect(output).toContain('No changes. Your infrastructure matches the configuration.')
  expect(output).toContain('replication groups left: 0, work directories left: 0')
  expect(output).not.toMatch(/[0-9a-f]{64}/)
  expect(await demonstration.left()).toEqual([])
})

test.each([
  ['the creation', 'in progress: creating'],
  ['cdktf diff', '▶ npx cdktf diff'],
])('Ctrl-C during %s, which comes twice under npm, leaves nothing behind either', async (_what, begun) => {
  const demonstration = await start()
  await vi.waitFor(() => expect(demonstration.output).toContain(begun), { timeout: 120_000, interval: 50 })
  const pid = demonstration.child.pid as number
  if (begun.includes('cdktf')) await until(() => programs(demonstration.directory, 'terraform').length > 0)
  await until(() => demonstration.processes().length > 0)
  // From the terminal to all that run in it, and from npm once more.
  process.kill(-pid, 'SIGINT')
  process.kill(pid, 'SIGINT')
  expect(await demonstration.ended).toBe(130)
  expect(await demonstration.left()).toEqual([])
  expect(demonstration.processes()).toEqual([])
  expect(programs(demonstration.directory)).toEqual([])
})
