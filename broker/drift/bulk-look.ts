import { setImmediate as breathe } from 'node:timers/promises'
import type { TerraformState } from '../../state-backend/index.ts'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { LookBeside } from '../platform/beside.ts'
import type { Platform } from '../platform/platform.ts'
import { brokerTags, type Naming, replicationGroupId } from '../provisioner/naming.ts'
import type { States } from '../states/states.ts'
import type { Fingerprints } from './fingerprints.ts'
import { leftOut } from './left-out.ts'
import { namesBeside, needsPlan } from './needs-plan.ts'
import type { DriftRecords, Known } from './records.ts'

export interface BulkLookOptions {
  operations: Pick<Operations, 'statuses'>
  records: Pick<DriftRecords, 'known' | 'saveLooked'>
  platform: Pick<Platform, 'answers' | 'beside'>
  states: Pick<States, 'readMany'>
  naming: Naming
  fingerprints: Pick<Fingerprints, 'of'>
  /** Days after which an instance gets a plan, whatever a look finds; 0 for always. */
  fullPlanDays: number
  log: Log
}

/** An instance that may be decided without a plan. */
interface Candidate extends Known {
  status: InstanceStatus
}

/** The answers of AWS about all groups, and the look that asks for what is beside them. */
interface World {
  groups: Awaited<ReturnType<Platform['answers']>>
  beside: LookBeside
}

/** Instances of which the states are read, and what is beside their groups is asked for, at a time. */
const atOnce = 100

/**
 * The first step of a sweep: what AWS tells of all groups, in a few large answers, beside what the states hold. An
 * instance is clean without a plan when a plan has found it clean before and nothing has changed since that a plan
 * would depend on: the stack as it is rendered, the state, and what AWS tells.
 */
export class BulkLook {
  readonly #options: BulkLookOptions

  constructor(options: BulkLookOptions) {
    this.#options = options
  }

  /**
   * @returns the instances that were found clean, and saved as such; all others need a plan. None when AWS doesn't
   * tell: then everything needs one.
   */
  async clean(instances: Instance[], signal: AbortSignal): Promise<Set<string>> {
    if (this.#options.fullPlanDays === 0 || instances.length === 0) return new Set()
    try {
      return await this.#look(new Set(instances.map(({ id }) => id)), signal)
    } catch (error) {
      signal.throwIfAborted()
      const problem = causeOf(error as Error).message
      this.#options.log.warn({ problem }, 'instances could not be looked at in bulk: each gets a plan')
      return new Set()
    }
  }

  async #look(ids: Set<string>, signal: AbortSignal): Promise<Set<string>> {
    const { platform, records, naming, operations } = this.#options
    const begun = new Date()
    const known = await records.known()
    const statuses = (await operations.statuses()).filter(({ instance }) => ids.has(instance.id))
    const candidates: Candidate[] = []
    for (const status of statuses) {
      const candidate = known.get(status.instance.id)
      if (!candidate || leftOut(status) || !(await this.#mayBeClean(status.instance, candidate))) continue
      candidates.push({ ...candidate, status })
      // A stack that is rendered takes some milliseconds, and others want answers meanwhile.
      await breathe()
    }
    if (candidates.length === 0) return new Set()
    const groups = await platform.answers(brokerTags(naming), signal)
    const world = { groups, beside: platform.beside(signal) }
    const found = new Set<string>()
    for (let start = 0; start < candidates.length; start += atOnce) {
      signal.throwIfAborted()
      const part = candidates.slice(start, start + atOnce)
      const clean = await this.#compare(part, world)
      for (const id of await records.saveLooked(clean, begun)) found.add(id)
    }
    return found
  }

  /** Whether the last plan of an instance still counts. */
  async #mayBeClean(instance: Instance, { last, baseline }: Known): Promise<boolean> {
    const { fullPlanDays, fingerprints } = this.#options
    if (last.state !== 'clean') return false
    if (Date.now() - baseline.plannedAt.getTime() > fullPlanDays * 86_400_000) return false
    return (await fingerprints.of(instance)) === baseline.stack
  }

  async #compare(candidates: Candidate[], { groups, beside }: World): Promise<Candidate[]> {
    const { states, naming, log } = this.#options
    const all = await states.readMany(candidates.map(({ status }) => status.instance.stack))
    // Only those that are as they were when a plan found them clean.
    const same = new Map<Candidate, TerraformState>()
    for (const candidate of candidates) {
      const { status, baseline } = candidate
      const state = all.get(status.instance.stack)
      if (state?.lineage === baseline.lineage && state.serial === baseline.serial) same.set(candidate, state)
    }
    const answers = await beside.answers(namesBeside([...same.values()]))
    return candidates.filter((candidate) => {
      const { instance } = candidate.status
      const state = same.get(candidate)
      const reason = state
        ? needsPlan(state, groups.get(replicationGroupId(naming, instance)), answers)
        : 'its state is another one'
      if (reason) log.debug({ instance: instance.id, reason }, 'needs a plan')
      return reason === undefined
    })
  }
}
