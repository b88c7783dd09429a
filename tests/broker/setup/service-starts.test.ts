import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const serviceStarts = new URL('../../../broker/setup/service-starts.mjs', import.meta.url).href

function newPolicyFile() {
  const directory = mkdtempSync(join(tmpdir(), 'policy-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, 'policy-rc.d')
}

/** Runs `action` in a process of its own, in which no service starts by the policy in `file`. */
function withoutServiceStarts(file: string, action: string) {
  const program = `
    import { spawnSync } from 'node:child_process'
    import { withoutServiceStarts } from ${JSON.stringify(serviceStarts)}
    const mayStart = () => spawnSync(process.argv[1], ['redis-server', 'start']).status + ' '
    withoutServiceStarts(() => { ${action} }, process.argv[1])
    setTimeout(() => process.stdout.write('went on'), 100)`
  return spawnSync(process.execPath, ['--input-type=module', '-e', program, file], { encoding: 'utf8' })
}

test('Debian is told to start nothing, for as long as packages are installed', () => {
  const policy = newPolicyFile()
  const { stdout } = withoutServiceStarts(policy, 'process.stdout.write(mayStart())')
  // 101: "action forbidden by policy", in Debian's words.
  expect(stdout).toBe('101 went on')
  expect(existsSync(policy)).toBe(false)
})

test.each([
  ['fails', `throw new Error('no such package')`],
  ['is interrupted', `process.kill(process.pid, 'SIGINT')`],
  ['is terminated', `process.kill(process.pid, 'SIGTERM')`],
])('the policy goes when the install %s', (_, action) => {
  const policy = newPolicyFile()
  const { status, stdout } = withoutServiceStarts(policy, action)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(existsSync(policy)).toBe(false)
})

test('a policy that the machine has already stays as it is', () => {
  const policy = newPolicyFile()
  writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  expect(withoutServiceStarts(policy, 'process.stdout.write(mayStart())').stdout).toBe('0 went on')
  expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n')
})
