import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { front } from '../../../broker/terraform/marks.ts'
import { until } from '../../support/until.ts'

const directory = mkdtempSync(join(tmpdir(), 'front-'))
afterAll(() => rmSync(directory, { recursive: true }))

const attachment = join(directory, 'attachment')
const exitCodes = join(directory, 'exit-codes')
beforeEach(() => {
  for (const file of [attachment, exitCodes]) rmSync(file, { force: true })
  // Says what it was given.
  writeFileSync(
    join(directory, 'terraform'),
    '#!/bin/sh\necho "attached to $TF_REATTACH_PROVIDERS"\nexit 3\n',
    {
      mode: 0o755,
    },
  )
})

const environment = (broker = process.pid) => ({
  env: {
    PATH: `${directory}:${process.env.PATH}`,
    BROKER_ATTACHMENT: attachment,
    BROKER_EXIT_CODES: exitCodes,
    BROKER_PID: String(broker),
  },
  extendEnv: false,
  reject: false,
})

test('terraform is started once the provider listens, and attached to it', async () => {
  const run = execa(front, ['apply'], environment())
  let ended = false
  run.then(() => {
    ended = true
  })
  await sleep(300)
  expect(ended).toBe(false)
  writeFileSync(attachment, 'the provider')
  expect(await run).toMatchObject({ stdout: 'attached to the provider', exitCode: 3 })
  expect(readFileSync(exitCodes, 'utf8')).toBe('apply 3\n')
})

test('a signal to the shell leaves it to terraform when to end, and the shell tells how', async () => {
  writeFileSync(attachment, 'the provider')
  const running = join(directory, 'running')
  writeFileSync(join(directory, 'terraform'), `#!/bin/sh\ntouch "${running}"\nsleep 0.3\nexit 3\n`)
  const run = execa(front, ['apply'], environment())
  await until(() => existsSync(running))
  run.kill('SIGTERM')
  expect(await run).toMatchObject({ exitCode: 3 })
  expect(readFileSync(exitCodes, 'utf8')).toBe('apply 3\n')
})

test('what the broker knows is told without terraform: its version, and no outputs, which hold the password', async () => {
  writeFileSync(attachment, 'the provider')
  const { env, ...options } = environment()
  const knowing = { ...options, env: { ...env, BROKER_TERRAFORM_VERSION: '1.2.3' } }
  const said = async (...words: string[]) => (await execa(front, words, knowing)).stdout
  expect(await said('version', '-json')).toBe('{"terraform_version":"1.2.3"}')
  expect(await said('version')).toBe('Terraform v1.2.3')
  expect(await said('output', '-json')).toBe('{}')
})

test('without a provider terraform is not started', async () => {
  writeFileSync(attachment, '')
  expect(await execa(front, ['apply'], environment())).toMatchObject({ stdout: '', exitCode: 1 })
})

test('nobody waits for the provider of a broker that is gone', async () => {
  const gone = await execa('sh', ['-c', 'echo $$'])
  expect(await execa(front, ['apply'], environment(Number(gone.stdout)))).toMatchObject({ exitCode: 1 })
})

test('nobody waits for the provider once cdktf is gone', async () => {
  const waiting = join(directory, 'waiting')
  writeFileSync(join(directory, 'sleep'), `#!/bin/sh\ntouch "${waiting}"\nexec /bin/sleep "$@"\n`, {
    mode: 0o755,
  })
  const cdktf = execa('sh', ['-c', `"${front}" apply & wait`], environment())
  await until(() => existsSync(waiting))
  cdktf.kill('SIGKILL')
  // Its output ends with the last one that has it open.
  expect(await cdktf).toMatchObject({ signal: 'SIGKILL', stdout: '' })
})
