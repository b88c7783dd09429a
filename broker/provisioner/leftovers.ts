import { besideTheGroup } from '../../stacks/beside-the-group.ts'
import type { Instance } from '../instances/instance.ts'
import type { OperationTarget } from '../model/operation.ts'
import type { States } from '../states/states.ts'
import { requireSuccess } from '../terraform/failures.ts'
import type { Terraform } from '../terraform/terraform.ts'
import { isInState } from './replication-group.ts'
import type { StackSpecs } from './stack-specs.ts'

/**
 * Takes what an interrupted attempt may have made beside the group into the state. The names have the instance's id in
 * them, so that it is the instance's own. A failure is no news: what is not there can't be taken.
 */
export async function takeLeftovers(
  { specs, states }: { specs: StackSpecs; states: Pick<States, 'read'> },
  instance: Instance,
  target: OperationTarget,
  terraform: Terraform,
): Promise<void> {
  const places = await besideTheGroup(specs.of(instance, target))
  if (Object.keys(places).length === 0) return
  const state = await states.read(instance.stack)
  const missing = Object.entries(places).filter(([address]) => !isInState(state, address))
  if (missing.length === 0) return
  requireSuccess('prepare Terraform', await terraform.init())
  for (const [address, id] of missing) await terraform.terraform('import', '-input=false', address, id)
}
