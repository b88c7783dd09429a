import { randomUUID } from 'node:crypto'
import { startOnAws } from '../hashicorp/on-aws.ts'
import { TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'
import { until } from '../support/until.ts'
import { BareStack, type Site } from './bare-stack.ts'
import { cpuOf, cpuOfChildren } from './cpu.ts'
import { type Benchmark, type BenchmarkOptions, type Figure, ratios } from './figure.ts'
import { cdktfMemory } from './memory.ts'

/** Creations and deletions, beside bare `terraform init && apply` and `destroy` on the same stack, provider and states. */
export const operations: Benchmark = {
  name: 'operations',
  run: onThisMachine,
}

/** The same with HashiCorp's provider. */
export const hashicorp: Benchmark = {
  name: 'hashicorp',
  async run(options) {
    const provider = findHashicorpProvider()
    // Each of its rounds takes minutes.
    if (provider && !options.short) return withHashicorps(options, provider)
    options.print(
      provider ? 'left out of the short form' : "left out: there is no HashiCorp's provider on this machine",
    )
    return []
  },
}

async function onThisMachine({ short, print }: BenchmarkOptions): Promise<Figure[]> {
  const broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off', OPERATIONS_AT_ONCE: '4' })
  try {
    const site: Site = { broker, login: 'operator:operator', environment: {} }
    const found = await pairs(site, short ? 0 : 7, print)
    print('many at once')
    const many = await manyAtOnce(site, short ? 1 : 24)
    return [
      ...figures(found, 'local provider', '<= 1.2'),
      {
        name: 'many at once / bare, four at a time, wall',
        unit: 'ratio',
        values: [many.wall],
        goal: '<= 1.2',
      },
      { name: 'many at once / bare, four at a time, CPU', unit: 'ratio', values: [many.cpu], goal: '<= 1.2' },
      { name: 'cdktf in a running operation, resident', unit: 'MB', values: found.memory, goal: '<= 150' },
    ]
  } finally {
    await broker.remove()
  }
}

async function withHashicorps(
  { print }: BenchmarkOptions,
  provider: NonNullable<ReturnType<typeof findHashicorpProvider>>,
): Promise<Figure[]> {
  print("HashiCorp's provider")
  const on = await startOnAws(provider)
  try {
    const environment = {
      AWS_ENDPOINT_URL: on.endpoint.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const found = await pairs({ broker: on.broker, login: on.operatorLogin, environment }, 4, print)
    return figures(found, "HashiCorp's provider", '<= 1.0 (CPU)')
  } finally {
    await on.close()
  }
}

interface Measured {
  wall: number[]
  cpu: number[]
}

type Pairs = Record<'create' | 'delete', Record<'ours' | 'bare', Measured>> & { memory: number[] }

/** One after the other, ours and bare in turn. The first of each fills caches, and counts only where there is no other. */
async function pairs(site: Site, rounds: number, print: (line: string) => void): Promise<Pairs> {
  const found: Pairs = { create: both(), delete: both(), memory: [] }
  const { broker } = site
  for (let round = 0; round <= rounds; round++) {
    print(`round ${round} of ${rounds}`)
    const id = randomUUID()
    const kept = round === 0 && rounds > 0 ? { create: both(), delete: both(), memory: [] } : found
    const memory = cdktfMemory(broker)
    await measured(
      kept.create.ours,
      (work) => cpuOf([broker.pid], work),
      () => created(broker, id),
    )
    kept.memory.push(await memory.end())
    const bare = await BareStack.of(site, id)
    await measured(kept.create.bare, cpuOfChildren, () => bare.create())
    await measured(kept.delete.bare, cpuOfChildren, () => bare.destroy())
    await measured(
      kept.delete.ours,
      (work) => cpuOf([broker.pid], work),
      () => deleted(broker, id),
    )
    await bare.remove()
  }
  return found
}

async function manyAtOnce({ broker, ...rest }: Site, count: number): Promise<{ wall: number; cpu: number }> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const [ours, bare] = [measures(), measures()]
  await measured(
    ours,
    (work) => cpuOf([broker.pid], work),
    async () => {
      for (const id of ids) await broker.provision(id)
      for (const id of ids) await broker.ended(id)
    },
  )
  const stacks = await Promise.all(ids.map((id) => BareStack.of({ broker, ...rest }, id)))
  await measured(bare, cpuOfChildren, async () => {
    const left = stacks.values()
    const worker = async () => {
      for (const stack of left) await stack.create()
    }
    await Promise.all(Array.from({ length: 4 }, worker))
  })
  for (const stack of stacks) {
    await stack.destroy()
    await stack.remove()
  }
  return {
    wall: ratios(ours.wall, bare.wall)[0] ?? Number.NaN,
    cpu: ratios(ours.cpu, bare.cpu)[0] ?? Number.NaN,
  }
}

async function created(broker: TestBroker, id: string): Promise<void> {
  await broker.provision(id)
  await succeeded(broker, id, 'provision')
}

async function deleted(broker: TestBroker, id: string): Promise<void> {
  await broker.deprovision(id)
  await succeeded(broker, id, 'deprovision')
}

/** By the broker's log: whoever polls is late, and costs the broker something. */
async function succeeded(broker: TestBroker, id: string, type: string): Promise<void> {
  const isIt = (line: { instance?: unknown; type?: unknown }) => line.instance === id && line.type === type
  await until(() => logged(broker, 'operation succeeded').some(isIt))
}

async function measured(
  found: Measured,
  cpu: (work: () => Promise<unknown>) => Promise<number>,
  work: () => Promise<unknown>,
): Promise<void> {
  const begun = performance.now()
  found.cpu.push(await cpu(work))
  found.wall.push((performance.now() - begun) / 1000)
}

const measures = (): Measured => ({ wall: [], cpu: [] })
const both = () => ({ ours: measures(), bare: measures() })

function figures(found: Pairs, provider: string, goal: string): Figure[] {
  const names = { create: 'provision / bare init && apply', delete: 'deprovision / bare destroy' }
  return (['create', 'delete'] as const).flatMap((verb) =>
    (['wall', 'cpu'] as const).map((what) => ({
      name: `${names[verb]}, ${provider}, ${what === 'cpu' ? 'CPU' : what}`,
      unit: 'ratio',
      values: ratios(found[verb].ours[what], found[verb].bare[what]),
      goal,
    })),
  )
}
