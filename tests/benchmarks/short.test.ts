import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { nodeFlags } from '../support/node.ts'
import type { Figure } from './figure.ts'

/** That they can be run, and measure something. How much, a test machine can't tell. */
test('the short form of all benchmarks has a number for each figure', { timeout: 600_000 }, async () => {
  const file = join(tmpdir(), `benchmarks-${process.pid}.json`)
  const main = join(import.meta.dirname, 'main.ts')
  await execa(process.execPath, [...nodeFlags, main, '--short', '--json', file])
  const { figures } = JSON.parse(await readFile(file, 'utf8')) as { figures: Figure[] }
  await rm(file)
  expect(figures.length).toBeGreaterThan(20)
  for (const { name, values } of figures) {
    expect(values.length, name).toBeGreaterThan(0)
    for (const value of values) expect(value, name).toBeGreaterThan(0)
  }
})
