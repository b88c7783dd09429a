import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import type { OperatorStacks } from '../../broker/operator/stacks.ts'
import { total } from '../../broker/terraform/cost.ts'
import { run as runTerraform } from '../../broker/terraform/run.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { type OnAws, startOnAws } from '../hashicorp/on-aws.ts'
import { type PlanName, TestBroker } from '../support/broker.ts'
import { cloneInstance } from '../support/clones.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'
import { startPostgres } from '../support/postgres.ts'
import { runCommand } from '../support/program.ts'
import { cloneRecords } from '../support/record-clones.ts'
import { cpuOf } from './cpu.ts'
import { type Benchmark, type BenchmarkOptions, type Figure, ratios } from './figure.ts'

/**
 * Sweeps of instances that nobody has touched. All CPU counts: of the broker, of what it has started, and of the
 * database; what a bare `terraform init && terraform plan` costs is counted without the state backend's part.
 */
export const drift: Benchmark = {
  name: 'drift',
  async run(options) {
    return [
      await besideBareTerraform(options),
      // The other one needs all of the same, and more.
      ...(options.short ? [] : await byThousands(options, groupsAlone)),
      ...(await byThousands(options, withEverything)),
    ]
  },
}

async function besideBareTerraform({ short, print }: BenchmarkOptions): Promise<Figure> {
  const count = short ? 2 : 100
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
    const ours: number[] = []
    const bare: number[] = []
    if (!short) {
      print(`planning ${count} instances once`)
      await sweep(broker, count)
    }
    for (let round = 0; round < (short ? 1 : 3); round++) {
      ours.push(await cpuOf([broker.pid, await serverOf(postgres.directory)], () => sweep(broker, count)))
      if (round === 0 || !short) bare.push(await bareTerraform(broker, print))
    }
    const values = ratios(ours, bare)
    return {
      name: `sweep of ${count} instances / bare init && plan, CPU`,
      unit: 'ratio',
      values,
      goal: '<= 0.02',
    }
  } finally {
    await database.close()
    await broker.remove()
    await postgres.stop()
  }
}

/** Many instances of a kind. */
interface Many {
  /** Beyond a group. */
  have: string
  count: number
  plan: PlanName
  goal?: string
  /** More of the broker's. @param directory for files */
  settings(directory: string): Promise<Record<string, string>>
  parameters: object
}

const groupsAlone: Many = {
  have: '',
  count: 5000,
  plan: 'redis-dev',
  goal: '<= 60',
  settings: async () => ({}),
  parameters: {},
}

/** Three nodes with fifteen alarms. */
const withEverything: Many = {
  have: ' with parameters, logs and alarms',
  count: 1000,
  plan: 'redis-3node',
  async settings(directory) {
    const service = new URL('../../broker/catalog/plans.json', import.meta.url)
    const plans: object[] = JSON.parse(await readFile(service, 'utf8'))
    const file = join(directory, 'plans.json')
    const more = { logs: { slow: {}, engine: {} }, alarms: true }
    await writeFile(file, JSON.stringify(plans.map((plan) => ({ ...plan, ...more }))))
    return { PLANS_FILE: file, ALARM_TOPIC: 'arn:aws:sns:us-east-1:000000000000:redis' }
  },
  parameters: { maxmemoryPolicy: 'allkeys-lfu', timeout: 300 },
}

async function byThousands({ short, print }: BenchmarkOptions, many: Many): Promise<Figure[]> {
  const count = short ? 2 : many.count
  // Its operations take many times as long as those of the local one.
  const provider = short ? undefined : findHashicorpProvider()
  if (!provider && !short) {
    print("left out: there is no HashiCorp's provider on this machine")
    return []
  }
  const keys = KeyRing.newEntry('benchmark')
  const postgres = await startPostgres()
  const directory = await mkdtemp(join(tmpdir(), 'drift-benchmark-'))
  const settings = {
    DATABASE_URL: postgres.url,
    STATE_KEYS: keys,
    DRIFT_SCHEDULE: 'off',
    ...(await many.settings(directory)),
  }
  const on = provider ? await startOnAws(provider, settings) : await startLocally(settings)
  const database = await openDatabase(postgres.url, on.broker.dataDirectory, createLog('silent'))
  try {
    const original = randomUUID()
    await on.broker.created(original, many.plan, { parameters: many.parameters })
    print(`recording ${count} instances`)
    const site = { broker: on.broker, db: database.db, keyRing: KeyRing.parse(keys) }
    await cloneRecords(site, original, count - 1, on.operatorLogin)
    const values: number[] = []
    for (let round = 0; round < (short ? 1 : 3); round++) {
      const processes = [on.broker.pid, await serverOf(postgres.directory)]
      values.push(
        await cpuOf(processes, async () => {
          const { stdout } = await on.run('drift', '--json')
          requireClean(JSON.parse(stdout), count, { planned: 0 })
        }),
      )
    }
    return [
      {
        name: `sweep of ${count} instances${many.have}, ${provider ? "HashiCorp's" : 'local'} provider, CPU of all`,
        unit: 'CPU s',
        values,
        ...(many.goal ? { goal: many.goal } : {}),
      },
    ]
  } finally {
    await database.close()
    await on.close()
    await postgres.stop()
    await rm(directory, { recursive: true })
  }
}

async function startLocally(
  settings: Record<string, string>,
): Promise<Pick<OnAws, 'broker' | 'operatorLogin' | 'run' | 'close'>> {
  const broker = await TestBroker.start(settings)
  return {
    broker,
    operatorLogin: 'operator:operator',
    run: (command, ...args) => runCommand([command, ...args], broker),
    close: () => broker.remove(),
  }
}

async function sweep(broker: TestBroker, count: number): Promise<void> {
  const { code, stdout, stderr } = await runCommand(['drift', '--json'], broker)
  if (code !== 0) throw new Error(stderr + stdout)
  requireClean(JSON.parse(stdout), count)
}

interface Report {
  instances: { state: string }[]
  planned: number
}

/** @param limit the most that got a plan */
function requireClean({ instances, planned }: Report, count: number, limit = { planned: count }): void {
  const clean = instances.filter(({ state }) => state === 'clean').length
  if (clean !== count) throw new Error(`${clean} of ${count} instances are clean.`)
  if (planned > limit.planned) throw new Error(`${planned} instances got a plan.`)
}

/** In new directories, one after the other. */
async function bareTerraform(broker: TestBroker, print: (line: string) => void): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'drift-benchmark-'))
  try {
    const { body } = await broker.request('GET', '/operator/stacks', { login: 'operator:operator' })
    const { stacks } = body as OperatorStacks
    print(`${stacks.length} times init and plan`)
    await renderStacks(stacks, directory)
    const environment = {
      PATH: process.env.PATH,
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: join(broker.dataDirectory, 'terraform', 'terraform.rc'),
      TF_HTTP_USERNAME: 'operator',
      TF_HTTP_PASSWORD: 'operator',
    }
    const costs = []
    for (const { name } of stacks) {
      const cwd = stackDirectory(directory, name)
      for (const args of [['init'], ['plan', '-lock=false', '-detailed-exitcode']]) {
        const options = { cwd, environment, background: true }
        const { ok, output, cost } = await runTerraform(
          'terraform',
          [...args, '-input=false', '-no-color'],
          options,
        )
        if (!ok || !cost) throw new Error(output)
        costs.push(cost)
      }
    }
    return total(costs).cpuSeconds
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function serverOf(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8'), 10)
}
