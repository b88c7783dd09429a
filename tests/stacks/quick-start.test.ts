import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { repository } from '../../broker/terraform/environment.ts'
import { nodeFlags } from '../support/node.ts'

const directory = mkdtempSync(join(tmpdir(), 'quick-start-'))
afterAll(() => rmSync(directory, { recursive: true }))

const program = join(directory, 'program.ts')
const write = (word: string) => writeFileSync(program, `const word: string = '${word}'\nconsole.log(word)\n`)
beforeEach(() => write('one'))

async function run(cache: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [...nodeFlags, program], {
    env: { NODE_COMPILE_CACHE: cache },
    extendEnv: false,
  })
  return stdout
}

test('what was kept of a program is run again, and of a changed one not', async () => {
  const cache = join(directory, 'cache')
  expect(await run(cache)).toBe('one')
  const kept = readdirSync(cache).filter((name) => name.endsWith('.js'))
  expect(kept).toHaveLength(1)
  const file = join(cache, kept[0] as string)
  writeFileSync(file, "console.log('kept')")
  expect(await run(cache)).toBe('kept')
  write('another')
  expect(await run(cache)).toBe('another')
})

test('the files of a program find each other, and the packages, and a missing one is named', async () => {
  const cache = join(directory, 'together')
  writeFileSync(join(directory, 'other.ts'), "export const word = 'another' as string\n")
  writeFileSync(program, "import { word } from './other.ts'\nconsole.log(word)\n")
  expect(await run(cache)).toBe('another')
  writeFileSync(program, "import './missing.ts'\n")
  await expect(run(cache)).rejects.toThrow(/missing\.ts/)
})

test('a package that is imported and required is loaded as each of them asks', async () => {
  const both = join(directory, 'node_modules', 'both')
  mkdirSync(both, { recursive: true })
  writeFileSync(
    join(both, 'package.json'),
    '{ "exports": { "import": "./one.mjs", "require": "./two.cjs" } }',
  )
  writeFileSync(join(both, 'one.mjs'), "export const word = 'imported'")
  writeFileSync(join(both, 'two.cjs'), "exports.word = 'required'")
  writeFileSync(
    program,
    `import { createRequire } from 'node:module'
import { word } from 'both'
console.log(word, createRequire(import.meta.url)('both').word, (await import('both')).word)\n`,
  )
  expect(await run(join(directory, 'both'))).toBe('imported required imported')
})

test('where nothing can be kept, a program runs all the same', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  expect(await run(join(file, 'cache'))).toBe('one')
})

test.each([
  '@aws-sdk/client-elasticache',
  '@grpc/grpc-js',
  'cron-parser',
  'drizzle-orm/pg-core',
  'pg',
  'pino',
])('%s exports what it exports to Node without it', async (name) => {
  const script = `
      const { __esModule, 'module.exports': own, ...exported } = await import('${name}')
      console.log(Object.entries(exported).map(([key, value]) => key + ': ' + typeof value).sort().join('\\n'))`
  const exportsOf = async (flags: string[]) => {
    const words = [...flags, '--input-type=module', '--eval', script]
    return (await execa(process.execPath, words, { cwd: repository })).stdout
  }
  const quick = await exportsOf(nodeFlags)
  expect(quick).toBe(await exportsOf([]))
  expect(quick).toContain('function')
})
