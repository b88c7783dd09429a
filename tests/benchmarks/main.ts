/**
 * The cost of the broker, beside the least that would do the same on the same machine at the same time.
 *
 *   npm run bench [-- --short] [--json <file>] [<benchmark> …]
 *
 * Prints each figure's minimum, median and maximum. With `--json` all values go to a file as well. `--short` proves only
 * that the benchmarks work.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { api } from './api.ts'
import { drift } from './drift.ts'
import { type Benchmark, type Figure, summary } from './figure.ts'
import { idle } from './idle.ts'
import { sharedOnPostgres, startOnPostgres } from './on-postgres.ts'
import { hashicorp, operations } from './operations.ts'
import { records } from './records.ts'
import { stateBackend } from './state-backend.ts'

const all: Benchmark[] = [operations, hashicorp, api, records, stateBackend, drift, idle]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const unknown = positionals.filter((name) => !all.some((one) => one.name === name))
if (unknown.length > 0) {
  throw new Error(
    `There is no benchmark ${unknown.join(', ')}. There are ${all.map(({ name }) => name).join(', ')}.`,
  )
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const figures: Figure[] = []
const shared = sharedOnPostgres()
const onPostgres = values.short ? shared.open : startOnPostgres
try {
  for (const benchmark of all.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    print(`\n${benchmark.name}`)
    const tell = (line: string) => print(`  ${line}`)
    const found = await benchmark.run({ short: values.short, onPostgres, print: tell })
    for (const figure of found) tell(lineOf(figure))
    figures.push(...found)
  }
} finally {
  await shared.close()
}
if (values.json) {
  const machine = {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model,
    kernel: release(),
    node: process.version,
  }
  await writeFile(values.json, `${JSON.stringify({ at: new Date(), machine, figures }, undefined, 2)}\n`)
}

function lineOf({ name, unit, values: measured, goal = '' }: Figure): string {
  const { minimum, median, maximum } = summary(measured)
  const numbers = [minimum, median, maximum].map((value) => rounded(value).padStart(9))
  return `${name.padEnd(64)}${numbers.join('')}  ${unit.padEnd(10)} ${goal}`.trimEnd()
}

/** Three digits say all that such a machine can tell. */
function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
