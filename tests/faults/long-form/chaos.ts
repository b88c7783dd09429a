import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from '../../../stacks/local-aws/index.ts'
import { kill, type ProgramName } from '../../support/processes.ts'
import { Random } from './random.ts'
import type { Site } from './site.ts'

/** Short, but long enough for something to happen meanwhile. */
const pace = {
  creationMilliseconds: 1500,
  modificationMilliseconds: 700,
  deletionMilliseconds: 700,
  pollMilliseconds: 200,
}

const calls = ['createReplicationGroup', 'modifyReplicationGroup', 'deleteReplicationGroup'] as const
const faults = ['Throttling', 'InsufficientCacheClusterCapacity', 'ExpiredToken', 'AccessDenied'] as const

type Event = 'broker' | 'postgres' | ProgramName | 'fault' | 'death'

/** How often each happens, against the others. */
const events: Event[] = [
  ...Array<Event>(3).fill('broker'),
  'postgres',
  ...Array<Event>(2).fill('cdktf'),
  ...Array<Event>(2).fill('terraform'),
  ...Array<Event>(2).fill('plugin'),
  ...Array<Event>(3).fill('fault'),
  ...Array<Event>(2).fill('death'),
]

/** Kills and injects until it is told to stop; by then everything runs again. Which and in what order, the seed says. */
export class Chaos {
  readonly counts: Partial<Record<Event, number>> = {}
  readonly #site: Site
  readonly #random: Random
  readonly #end = new AbortController()
  readonly #done: Promise<void>

  constructor(site: Site, seed: number) {
    this.#site = site
    this.#random = new Random(seed, 1)
    site.aws.setBehaviour(pace)
    this.#done = this.#run()
    // Thrown by `stop`.
    this.#done.catch(() => {})
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#done
    this.#site.aws.setBehaviour(pace)
  }

  async #run(): Promise<void> {
    for (;;) {
      const wait = this.#random.between(1500, 7000)
      await sleep(wait, undefined, { signal: this.#end.signal }).catch(() => {})
      if (this.#end.signal.aborted) return
      const event = this.#random.pick(events)
      if (await this.#strike(event)) this.counts[event] = (this.counts[event] ?? 0) + 1
    }
  }

  /** @returns false when there was nothing to hit */
  async #strike(event: Event): Promise<boolean> {
    const { brokers, postgres, aws } = this.#site
    switch (event) {
      case 'broker': {
        const broker = this.#random.pick(brokers)
        const down = this.#random.between(0, 4000)
        await broker.kill()
        await sleep(down)
        await broker.start()
        return true
      }
      case 'postgres':
        await postgres.kill()
        await sleep(this.#random.between(0, 3000))
        await postgres.restart()
        return true
      case 'fault': {
        const fault = { call: this.#random.pick(calls), fault: this.#random.pick(faults), times: 1 }
        aws.setBehaviour({ ...pace, faults: [fault] } satisfies Partial<Behaviour>)
        return true
      }
      case 'death': {
        const when = this.#random.pick(['before', 'after'] as const)
        aws.setBehaviour({ ...pace, deaths: [{ call: this.#random.pick(calls), when, times: 1 }] })
        return true
      }
      default:
        return this.#kill(event)
    }
  }

  #kill(program: ProgramName): boolean {
    const pid = this.#random.pick(this.#site.programs(program))
    return pid !== undefined && kill(pid)
  }
}
