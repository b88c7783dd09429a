/**
 * What a drift sweep costs beside bare `terraform init && terraform plan` of every instance: CPU seconds in all,
 * terraform and provider included.
 *
 *   node tests/benchmarks/drift.ts [instances, 100 by default]
 *
 * The two take turns, so that neither has the quieter machine. The first sweep prepares its directories.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import type { OperatorStacks } from '../../broker/operator/stacks.ts'
import { total } from '../../broker/terraform/cost.ts'
import { run } from '../../broker/terraform/run.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../support/broker.ts'
import { cloneInstance } from '../support/clones.ts'
import { startPostgres } from '../support/postgres.ts'
import { runCommand } from '../support/program.ts'

const count = Number(process.argv[2] ?? 100)
const rounds = 2

const directory = await mkdtemp(join(tmpdir(), 'drift-benchmark-'))
const keys = KeyRing.newEntry('benchmark')
const postgres = await startPostgres()
const broker = await TestBroker.start({
  DATABASE_URL: postgres.url,
  STATE_KEYS: keys,
  DRIFT_SCHEDULE: 'off',
})
const database = await openDatabase(postgres.url, broker.dataDirectory, createLog('silent'))
try {
  const original = randomUUID()
  await broker.created(original)
  const site = { broker, db: database.db, keyRing: KeyRing.parse(keys) }
  await cloneInstance(site, original, count - 1)
  print(`${count} instances, ${availableParallelism()} cores`)
  for (let round = 1; round <= rounds; round++) {
    print(`round ${round}`)
    await measured('  sweep', sweep)
    await measured('  bare init and plan', () => bare(round))
  }
} finally {
  await database.close()
  await broker.remove()
  await postgres.stop()
  await rm(directory, { recursive: true, force: true })
}

async function measured(name: string, work: () => Promise<number>): Promise<void> {
  const begun = performance.now()
  const cpuSeconds = await work()
  const seconds = (performance.now() - begun) / 1000
  print(`${name.padEnd(22)} ${cpuSeconds.toFixed(1).padStart(8)} CPU s ${seconds.toFixed(1).padStart(8)} s`)
}

async function sweep(): Promise<number> {
  const { code, stdout, stderr } = await runCommand(['drift', '--json'], broker)
  if (code !== 0) throw new Error(stderr + stdout)
  return JSON.parse(stdout).cpuSeconds
}

/** In new directories, one after the other. */
async function bare(round: number): Promise<number> {
  const { body } = await broker.request('GET', '/operator/stacks', { login: 'operator:operator' })
  const { stacks } = body as OperatorStacks
  const output = join(directory, String(round))
  renderStacks(stacks, output)
  const environment = {
    PATH: process.env.PATH,
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: join(broker.dataDirectory, 'terraform', 'terraform.rc'),
    TF_HTTP_USERNAME: 'operator',
    TF_HTTP_PASSWORD: 'operator',
  }
  const costs = []
  for (const { name } of stacks) {
    const options = { cwd: stackDirectory(output, name), environment, background: true }
    for (const args of [['init'], ['plan', '-lock=false', '-detailed-exitcode']]) {
      const {
        ok,
        output: printed,
        cost,
      } = await run('terraform', [...args, '-input=false', '-no-color'], options)
      if (!ok || !cost) throw new Error(printed)
      costs.push(cost)
    }
  }
  return total(costs).cpuSeconds
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
