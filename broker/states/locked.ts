import type { LockHolder } from '../../state-backend/index.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'

/** The failure for a lock of an operator. It can be no attempt's: the next attempt opens those of earlier ones. */
export function lockedByOperator({ holder, info }: LockHolder): ProvisionFailure {
  return new ProvisionFailure(
    'An operator is working on this Redis at the moment',
    `The state is locked by ${holder} (${info.Operation ?? ''} since ${info.Created ?? ''}, lock ${info.ID}).`,
    { advice: 'Try again later.', transient: true },
  )
}
