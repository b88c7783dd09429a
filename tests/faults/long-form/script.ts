import type { EngineVersion } from '../../../broker/model/engine-versions.ts'
import type { PlanName } from '../../support/broker.ts'
import { Random } from './random.ts'

/** A request to the brokers for one instance. */
export type Step =
  | { verb: 'create'; plan: PlanName; engineVersion: EngineVersion }
  | { verb: 'update'; plan: PlanName; engineVersion: EngineVersion }
  | { verb: 'bind' }
  | { verb: 'delete'; plan: PlanName }

export interface Life {
  id: string
  steps: Step[]
}

const plans: PlanName[] = ['redis-dev', 'redis-dev', 'redis-3node']
const versions: EngineVersion[] = ['5.0.6', '6.0', '6.2', '7.0']

/** Lives with so many operations in all. One in five instances stays. The same seed gives the same lives. */
export function script(seed: number, operations: number): Life[] {
  const random = new Random(seed, 0)
  const lives: Life[] = []
  for (let left = operations; left > 0; ) {
    const life = { id: random.guid(), steps: steps(random).slice(0, left) }
    lives.push(life)
    left -= life.steps.length
  }
  return lives
}

function steps(random: Random): Step[] {
  let plan = random.pick(plans)
  let version = Math.floor(random.between(0, 3))
  const steps: Step[] = [{ verb: 'create', plan, engineVersion: versions[version] as EngineVersion }]
  if (random.next() < 0.15) return [...steps, { verb: 'delete', plan }]
  steps.push({ verb: 'bind' })
  for (let updates = Math.floor(random.between(0, 2.5)); updates > 0; updates--) {
    plan = random.pick(plans)
    // Never downwards: AWS can't.
    version = Math.min(version + Math.floor(random.between(0, 2)), versions.length - 1)
    steps.push({ verb: 'update', plan, engineVersion: versions[version] as EngineVersion })
  }
  if (random.next() < 0.8) steps.push({ verb: 'delete', plan })
  return steps
}
