import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
const closingLine = join(import.meta.dirname, 'closing-line.ts')

/** Runs a suite of the given files in a process of its own. */
function runSuite(...files: string[]) {
  const root = mkdtempSync(join(tmpdir(), 'suite-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'node_modules'))
  files.forEach((content, index) => {
    writeFileSync(join(root, `${index}.test.js`), content)
  })
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, 'run', '--globals', '--maxWorkers=1', `--root=${root}`, `--reporter=${closingLine}`],
    { encoding: 'utf8', cwd: root },
  )
  return { passed: status === 0, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

test('a run that passes closes with its count', () => {
  const lastLine = '2 passed, 0 failed, 1 skipped'
  expect(runSuite(`test('a', () => {}); test.skip('b', () => {})`, `test('c', () => {})`)).toEqual({
    passed: true,
    lastLine,
  })
})

test('whatever fails without being a test counts as failed too', () => {
  const failingTest = `test('a', () => { throw new Error('a') }); test('b', () => {})`
  const fileThatDoesNotLoad = `throw new Error('no such module')`
  const hookThatThrows = `describe('d', () => {
    beforeAll(() => { throw new Error('no server') })
    test('a', () => {})
  })`
  const errorThatNobodyAwaits = `test('a', async () => {
    Promise.reject(new Error('late'))
    await new Promise((done) => setTimeout(done, 20))
  })`
  const suite = [failingTest, fileThatDoesNotLoad, hookThatThrows, errorThatNobodyAwaits]
  expect(runSuite(...suite)).toEqual({ passed: false, lastLine: '2 passed, 4 failed, 1 skipped' })
})

test('a run in which nothing was tested has not passed', () => {
  expect(runSuite(`test.skip('a', () => {})`)).toEqual({
    passed: false,
    lastLine: '0 passed, 0 failed, 1 skipped',
  })
})
