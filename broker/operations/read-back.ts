import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { openAuthTokens, sealAuthTokens, settled } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import { laterOf } from '../model/engine-versions.ts'
import type { Observation, Provisioner } from '../provisioner/provisioner.ts'
import type { ChangesAtRest } from './changes-at-rest.ts'
import type { Operation } from './operation.ts'
import type { Operations } from './operations.ts'

export interface ReadBackOptions {
  operations: Operations
  changes: Pick<ChangesAtRest, 'setObserved'>
  provisioner: Pick<Provisioner, 'observe'>
  catalog: Catalog
  keyRing: KeyRing
  log: Log
}

/**
 * Brings the record of an instance up to what AWS has made of it, where nobody was there to write it down: an update
 * failed or was cancelled after AWS had taken a part of it, or AWS upgraded the engine by itself. Without it the next
 * update would be made of something that is no longer so, such as a version that AWS can't go back to.
 */
export class ReadBack {
  readonly #options: ReadBackOptions

  constructor(options: ReadBackOptions) {
    this.#options = options
  }

  /** Looks after an update that has failed. @returns false while AWS, or somebody else, is busy with it: look again later */
  async afterFailure(operation: Operation): Promise<boolean> {
    const status = await this.#options.operations.status(operation.instanceId)
    // A later operation has looked by itself.
    if (status?.operation.id !== operation.id) return true
    return (await this.#look(status.instance, operation.target.planId)) !== 'busy'
  }

  /** @returns whether the record has changed */
  async of(instance: Instance): Promise<boolean> {
    return (await this.#look(instance, instance.planId)) === 'changed'
  }

  /** @param planId the one that the group may be on by now */
  async #look(instance: Instance, planId: string): Promise<'busy' | 'changed' | 'unchanged'> {
    const { changes: atRest, provisioner, log } = this.#options
    const seen = await provisioner.observe(instance)
    if (seen === 'busy') return 'busy'
    if (seen === 'gone') return 'unchanged'
    const changes = this.#changes(instance, planId, seen)
    if (Object.keys(changes).length === 0) return 'unchanged'
    // It was changed meanwhile, as by a new name.
    if (!(await atRest.setObserved(instance, changes))) return 'busy'
    log.warn({ instance: instance.id, seen }, 'the record of an instance was brought up to what AWS has')
    return 'changed'
  }

  #changes(instance: Instance, planId: string, seen: Observation): Partial<Instance> {
    const { catalog, keyRing } = this.#options
    const { parameters } = instance
    const engineVersion = laterOf(parameters.engineVersion, seen.engineVersion)
    const plan = catalog.plan(planId)
    const onPlan = plan?.nodes === seen.nodes && plan.nodeType === seen.nodeType
    const tokens = openAuthTokens(keyRing, instance)
    const after = settled(tokens, seen.tokenChangedAt)
    return {
      ...(engineVersion === parameters.engineVersion ? {} : { parameters: { ...parameters, engineVersion } }),
      ...(onPlan && planId !== instance.planId ? { planId } : {}),
      ...(after === tokens ? {} : sealAuthTokens(keyRing, instance, after)),
    }
  }
}
