import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newMachine } from './machine.ts'

const anyUser = 'process.getuid = () => 1000'

/** Has the setup take the machine for one of another system, for which the project has a Node 22. */
function as(machine: ReturnType<typeof newMachine>, platform: string) {
  writeFileSync(
    machine.file('package.json'),
    JSON.stringify({ optionalDependencies: { [`node-${platform}-x64`]: '22' } }),
  )
  return `for (const [key, value] of Object.entries({ platform: '${platform}', arch: 'x64' }))
    Object.defineProperty(process, key, { value })`
}

test('without redis-server, a user of Debian who is not root is told the command, before anything is installed', () => {
  const machine = newMachine().with('node', 'npm', 'terraform').withScript('apt-get', 'exit 0')
  expect(machine.setup(anyUser)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'redis-server 6 or newer with TLS is missing. Install it with: sudo apt-get install redis-server\n',
  })
  expect(existsSync(machine.file('node_modules'))).toBe(false)
})

test.each([
  ['darwin', 'Install it with: brew install redis'],
  ['linux', 'Install the package of your system that brings it, redis-server on Debian.'],
])('without redis-server and apt-get, a user of %s is told what to do', (platform, advice) => {
  const machine = newMachine().with('node', 'npm', 'terraform')
  expect(machine.setup(as(machine, platform))).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `redis-server 6 or newer with TLS is missing. ${advice}\n`,
  })
})

test('a Mac with one loopback address gets the command for more', () => {
  const machine = newMachine().with('node', 'npm', 'terraform', 'redis-server')
  expect(machine.setup(as(machine, 'darwin'))).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'Each Redis node needs a loopback address of its own, and macOS has too few. ' +
      'Add some with: for i in $(seq 2 40); do sudo ifconfig lo0 alias 127.0.0.$i up; done\n',
  })
})

test('a broker on AWS needs none', () => {
  const machine = newMachine().with('node', 'npm', 'terraform')
  expect(machine.setup(`process.env.PLATFORM = 'aws'`)).toMatchObject({ exitCode: 0 })
})

test('a redis-server that was built without TLS is as good as none', () => {
  const machine = newMachine()
    .with('node', 'npm', 'terraform')
    .withScript('redis-server', `echo ">>> 'tls-port \\"0\\"'\nBad directive" >&2; exit 1`)
  expect(machine.setup(anyUser).stderr).toContain('redis-server 6 or newer with TLS is missing.')
})

test('without npm, it is asked for', () => {
  const machine = newMachine().with('node', 'redis-server', 'terraform')
  expect(machine.setup()).toMatchObject({
    exitCode: 1,
    stderr: 'npm is missing. It comes with Node from nodejs.org.\n',
  })
})

test('an old Node is refused by its version', () => {
  const machine = newMachine()
  const old = `Object.defineProperty(process, 'versions', { value: { node: '18.19.0' } })`
  expect(machine.setup(old)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'Node 20 or newer is needed, and this is Node 18.19.0.\n',
  })
})

test('a platform without a Node 22 package is refused by its name', () => {
  const machine = newMachine()
  expect(machine.setup(`Object.defineProperty(process, 'arch', { value: 'riscv64' })`)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `There is no Node 22 package for ${process.platform}-riscv64: use Linux or macOS on x64 or arm64.\n`,
  })
})
