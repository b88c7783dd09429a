import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { LockHolder } from '../../state-backend/index.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { currentTarget } from '../instances/instance.ts'
import type { Operations } from '../operations/operations.ts'
import type { OperationRequests } from '../operations/requests.ts'
import { replicationGroupId, type StackContext } from '../provisioner/stack-spec.ts'
import type { States } from '../states/states.ts'
import { utc } from '../text/utc.ts'
import { acceptedOperation, instanceOf, refuse } from './requests.ts'
import { type ShownOperation, shownOperation } from './shown.ts'

export interface ActionsOptions {
  operations: Operations
  requests: OperationRequests
  states: States
  stackContext: StackContext
  /** Opens the stored tokens. */
  keyRing: KeyRing
  /** Who acts, for the log and for what users are told. */
  operator: string
}

export interface OperationAnswer {
  operation: ShownOperation
}

export interface ForgetAnswer extends OperationAnswer {
  /** The id of the replication group that stays. */
  group: string
}

export interface UnlockAnswer {
  unlocked: LockHolder
}

/** What operators do to an instance, to be mounted at `/operator/instances`. */
export function actionsApp(options: ActionsOptions): Hono {
  const { operations, requests, states, stackContext, keyRing, operator } = options
  const app = new Hono()

  /** Begins an operation that failed once more. */
  app.post('/:instance/retry', async (c) => {
    const { operation } = await instanceOf(c, operations)
    if (operation.state === 'in progress') refuse(409, `The ${operation.type} is in progress.`)
    if (operation.state === 'succeeded') refuse(409, `The last operation (${operation.type}) succeeded.`)
    const begun = acceptedOperation(await requests.repeat(operation))
    return c.json({ operation: shownOperation(begun) } satisfies OperationAnswer, 202)
  })

  /**
   * Queues a step of a rotation, as users can: `rotate` adds credentials, `retire` ends the ones before. `?force=true`
   * rotates even if that ends some that were not retired.
   */
  for (const change of ['rotate', 'retire'] as const) {
    app.post(`/:instance/${change}`, async (c) => {
      const { instance, operation } = await instanceOf(c, operations)
      if (operation.state === 'failed')
        refuse(409, `The last operation (${operation.type}) failed. Retry it first.`)
      const { previous, rotatedAt } = openAuthTokens(keyRing, instance)
      const force = change === 'rotate' && c.req.query('force') === 'true'
      if (change === 'retire' && !previous) refuse(409, 'There are no old credentials to retire.')
      if (change === 'rotate' && previous && !force) {
        refuse(
          409,
          `The credentials from before ${utc(rotatedAt ?? '')} still work, and this would end them. Retire them first, or add --force.`,
        )
      }
      const credentials = { change, id: randomUUID(), ...(force ? { force } : {}) }
      const target = { ...currentTarget(instance), credentials }
      const begun = acceptedOperation(await requests.update(instance, target))
      return c.json({ operation: shownOperation(begun) } satisfies OperationAnswer, 202)
    })
  }

  /** Ends the operation in progress as failed; what it runs is stopped in order. */
  app.post('/:instance/cancel', async (c) => {
    const { operation } = await instanceOf(c, operations)
    const cancelled = await requests.cancel(operation, `Stopped by ${operator}.`)
    if (!cancelled) refuse(409, 'No operation is in progress.')
    return c.json({ operation: shownOperation(cancelled) } satisfies OperationAnswer)
  })

  /** Drops the instance and its state; its Redis stays. */
  app.post('/:instance/forget', async (c) => {
    const { instance } = await instanceOf(c, operations)
    const begun = acceptedOperation(await requests.forget(instance))
    const group = replicationGroupId(stackContext, instance)
    return c.json({ operation: shownOperation(begun), group } satisfies ForgetAnswer, 202)
  })

  /**
   * Opens a state lock that somebody left. An operation's own lock is not open to this: cancel it. Nor is one that
   * does not say whose it is, as in `pg`.
   */
  app.post('/:instance/unlock', async (c) => {
    const { instance, operation } = await instanceOf(c, operations)
    const holder = await states.lockHolder(instance.stack)
    if (!holder) refuse(409, 'The state is not locked.')
    const mayBeItsOwn = holder.ofAttempt ?? true
    if (operation.state === 'in progress' && mayBeItsOwn) {
      refuse(
        409,
        `The lock is held by ${holder.holder}, and the ${operation.type} is in progress. Cancel it instead.`,
      )
    }
    const opened = await states.unlock(instance.stack, holder.info.ID, operator)
    if (!opened) refuse(409, 'The lock has changed in the meantime. Look whose it is now.')
    return c.json({ unlocked: holder } satisfies UnlockAnswer)
  })

  return app
}
