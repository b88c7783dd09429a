/**
 * `npm run faults -- [--operations 200] [--seed N] [--logs <directory>]`: that many operations on two broker processes,
 * with everything killed at random, and then a look whether all that was promised has been kept.
 *
 * Exit codes: 0 all is well, 1 something is not.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Chaos } from './chaos.ts'
import { wrongs } from './checks.ts'
import { live, type Outcome } from './platform.ts'
import { Random } from './random.ts'
import { script } from './script.ts'
import { Site } from './site.ts'

/** Instances that are worked with at a time. */
const atOnce = 5

/** Until then the brokers must have cleared away what the last crashes left. */
const settleTimeoutMs = 150_000

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    /** Writes both brokers' logs into this directory. */
    logs: { type: 'string' },
  },
})
const seed = Number(values.seed)
if (values.logs) mkdirSync(values.logs, { recursive: true })
const began = Date.now()
const site = await Site.start({ OPERATIONS_AT_ONCE: '3' })
const chaos = new Chaos(site, seed)
process.once('SIGINT', () => void end().finally(() => process.exit(1)))
try {
  const lives = script(seed, Number(values.operations))
  const outcomes: Outcome[] = []
  const rest = lives.entries()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, life] of rest) {
        const outcome = await live(site, life, new Random(seed, index + 2))
        outcomes.push(outcome)
        for (const reason of outcome.reasons) process.stdout.write(`${life.id} ${reason}\n`)
      }
    }),
  )
  await chaos.stop()
  const found = await settled(outcomes)
  for (const wrong of found) process.stdout.write(`WRONG: ${wrong}\n`)
  const count = (what: (outcome: Outcome) => number) => outcomes.reduce((sum, one) => sum + what(one), 0)
  const kills = Object.entries(chaos.counts).map(([what, times]) => `${times} ${what}`)
  process.stdout.write(
    `seed ${seed}: ${count(({ accepted }) => accepted)} operations accepted, ${count(({ ended }) => ended)} ended, ${count(({ failed }) => failed)} of them failed; ${lives.length} instances; hit: ${kills.join(', ')}; ${found.length} wrong; ${Math.round((Date.now() - began) / 1000)} s\n`,
  )
  process.exitCode = found.length > 0 ? 1 : 0
} catch (error) {
  process.stderr.write(`seed ${seed}: ${(error as Error).stack}\n`)
  process.exitCode = 1
} finally {
  await end()
}

/** Nothing stays behind, whatever fails in between. */
function end(): Promise<void> {
  return chaos
    .stop()
    .finally(() => saveLogs())
    .finally(() => site.remove())
}

function saveLogs(): void {
  if (!values.logs) return
  for (const [index, { output }] of site.brokers.entries()) {
    writeFileSync(join(values.logs, `broker-${index}.log`), output)
  }
}

/** Leftovers of the last crashes may take the brokers a moment. */
async function settled(outcomes: Outcome[]): Promise<string[]> {
  const deadline = Date.now() + settleTimeoutMs
  for (;;) {
    const found = await wrongs(site, outcomes)
    if (found.length === 0 || Date.now() > deadline) return found
    await sleep(2000)
  }
}
