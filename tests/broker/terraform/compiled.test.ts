import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, test } from 'vitest'
import { repository } from '../../../broker/terraform/environment.ts'

const directory = mkdtempSync(join(tmpdir(), 'compiled-'))
afterAll(() => rmSync(directory, { recursive: true }))

const preloaded = join(repository, 'broker', 'terraform', 'cdktf', 'compiled.cjs')
const program = join(repository, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf')

/** @param starter what the program is started by */
function cdktf(cache: string, word: string, starter: string[] = []) {
  const [first = '', ...rest] = [...starter, process.execPath, '--require', preloaded, program, word]
  return execa(first, rest, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, NODE_COMPILE_CACHE: cache, CI: 'true' },
    extendEnv: false,
    reject: false,
  })
}

const keptIn = (cache: string) =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.code'))
    .map((name) => join(cache, name))

test('what a run has compiled of cdktf is kept for the next one, which says the same', async () => {
  const cache = join(directory, 'cache')
  expect(await cdktf(cache, '--no-such-option')).toMatchObject({ exitCode: 1 })
  expect(keptIn(cache)).toEqual([])

  const first = await cdktf(cache, '--version')
  expect(first.stdout).toMatch(/^\d+\.\d+\.\d+$/)
  const [file = ''] = keptIn(cache)
  const { ino } = statSync(file)
  expect((await cdktf(cache, '--version')).stdout).toBe(first.stdout)
  expect(statSync(file).ino).toBe(ino)
})

test('what another container writes at the same time is left alone, where the process has the same id', async () => {
  const cache = join(directory, 'shared')
  await cdktf(cache, '--version')
  const [file = ''] = keptIn(cache)
  rmSync(file)
  await cdktf(cache, '--version', ['sh', '-c', `echo half of > '${file}'.$$; exec "$0" "$@"`])
  expect(keptIn(cache)).toEqual([file])
  const [other = ''] = readdirSync(dirname(file)).filter((name) => /\.code\./.test(name))
  expect(readFileSync(join(dirname(file), other), 'utf8')).toBe('half of\n')
})

test.each<[string, (file: string) => void]>([
  ['short', (file) => writeFileSync(file, 'half of')],
  ['with a hole', (file) => writeFileSync(file, readFileSync(file).fill(0, 100_000, 104_096))],
])('what is kept and damaged (%s) is not run, and replaced', async (kind, damage) => {
  const cache = join(directory, `damaged ${kind}`)
  const { stdout } = await cdktf(cache, '--version')
  const [file = ''] = keptIn(cache)
  const { ino } = statSync(file)
  damage(file)
  expect((await cdktf(cache, '--version')).stdout).toBe(stdout)
  expect(statSync(file).ino).not.toBe(ino)
})

test('where nothing can be kept, cdktf runs all the same', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  expect(await cdktf(join(file, 'cache'), '--version')).toMatchObject({ exitCode: 0 })
})
