import type { LockHolder } from '../../state-backend/index.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'

/** Locks of attempts that are over are opened by the next one: another lock is of somebody who is at work. */
export function lockedByOperator({ holder, info }: LockHolder): ProvisionFailure {
  return new ProvisionFailure(
    'An operator is working on this Redis at the moment',
    `The state is locked by ${holder} (${info.Operation ?? ''} since ${info.Created ?? ''}, lock ${info.ID}).`,
    { advice: 'Try again later.', transient: true },
  )
}
