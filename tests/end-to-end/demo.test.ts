import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'

const demo = fileURLToPath(new URL('../../broker/demo.ts', import.meta.url))

/** The demo, with its temporary directory below one of the test's. */
async function start() {
  const directory = await mkdtemp(join(tmpdir(), 'demo-'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', demo], {
    // A user's own arguments for Terraform have no part in it.
    env: { ...process.env, TMPDIR: directory, TF_CLI_ARGS: '-no-such-option' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => code)
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGINT')
    await ended
    await rm(directory, { recursive: true, force: true })
  })
  const left = async () => (await readdir(directory)).filter((name) => name.startsWith('redis-broker-demo-'))
  const demonstration = { child, ended, left, output: '' }
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

test('Ctrl-C ends the demo in the middle, and leaves nothing behind either', async () => {
  const demonstration = await start()
  await vi.waitFor(() => expect(demonstration.output).toContain('in progress: creating'), {
    timeout: 60_000,
    interval: 50,
  })
  demonstration.child.kill('SIGINT')
  expect(await demonstration.ended).toBe(130)
  expect(await demonstration.left()).toEqual([])
})
