import type { TerraformState } from '../../state-backend/index.ts'
import type { Instance } from '../instances/instance.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { States } from '../states/states.ts'
import { explain, requireSuccess } from '../terraform/failures.ts'
import type { TerraformRun } from '../terraform/run.ts'
import type { Terraform } from '../terraform/terraform.ts'
import { isSettled } from './settled.ts'

/** How `terraform plan -detailed-exitcode` ends when there is something to apply. */
const changesPlanned = 2

/**
 * Deploys the stack as it is rendered. Terraform's word alone does not prove that all is done: the state must have what
 * the stack says, or else an empty plan tells that it only says it in other words. It may take a second pass. The provider
 * does not foresee all that changes along with something else, and outputs keep the values that were foreseen: the full
 * version, for one, after an upgrade.
 * @returns the state afterwards
 */
export async function deploy(
  states: Pick<States, 'read'>,
  { stack }: Instance,
  terraform: Pick<Terraform, 'configuration' | 'cdktf' | 'terraform'>,
): Promise<TerraformState | undefined> {
  const deployed = async () => {
    requireSuccess('deploy this Redis', await terraform.cdktf('deploy'))
    const state = await states.read(stack)
    return { state, settled: isSettled(state, terraform.configuration()) }
  }
  let { state, settled } = await deployed()
  let plan = settled ? undefined : await planOfRest(terraform)
  if (plan?.exitCode === changesPlanned) {
    ;({ state, settled } = await deployed())
    plan = settled ? undefined : await planOfRest(terraform)
  }
  if (plan && !plan.ok) throw plan.aborted ? explain('check this Redis', plan) : unfinished(plan.output)
  return state
}

function planOfRest(terraform: Pick<Terraform, 'terraform'>): Promise<TerraformRun> {
  return terraform.terraform('plan', '-detailed-exitcode', '-refresh=false', '-lock=false', '-input=false')
}

/** Terraform says that it is done, and something says otherwise. */
export function unfinished(detail: string): ProvisionFailure {
  return new ProvisionFailure('Terraform ended before everything was done', detail, { transient: true })
}
