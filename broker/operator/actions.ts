import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { maintenanceVersion } from '../catalog/catalog.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { currentTarget, type Instance } from '../instances/instance.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { OperationRequests, RequestResult } from '../operations/requests.ts'
import { type Naming, replicationGroupId } from '../provisioner/naming.ts'
import type { States } from '../states/states.ts'
import { utc } from '../text/utc.ts'
import { answer } from './answer.ts'
import { acceptedOperation, failedLast, instanceOf, query, refuse, refuseHalfDeleted } from './requests.ts'
import { shownOperation } from './shown.ts'

export interface ActionsOptions {
  operations: Operations
  requests: OperationRequests
  states: Pick<States, 'lockHolder' | 'unlock'>
  naming: Naming
  /** Opens the stored tokens. */
  keyRing: KeyRing
  /** Who acts, for the log and for what users are told. */
  operator: string
}

const rotation = v.object({ force: v.optional(v.picklist(['true', 'false'])) })

/** Actions of operators on an instance, to be mounted at `/operator/instances`. */
export function actionsApp(options: ActionsOptions) {
  const { operations, requests, states, naming, keyRing, operator } = options
  return (
    new Hono()
      /** Begins an operation that failed once more. */
      .post('/:instance/retry', async (c) => {
        const { operation } = await instanceOf(c, operations)
        if (operation.state === 'in progress') refuse(409, `The ${operation.type} is in progress.`)
        if (operation.state === 'succeeded') refuse(409, `The last operation (${operation.type}) succeeded.`)
        return accepted(c, await requests.repeat(operation))
      })

      /** Adds credentials. `?force=true` does it even if that ends some that were not retired. */
      .post('/:instance/rotate', query(rotation), async (c) => {
        const instance = changeable(await instanceOf(c, operations))
        const { previous, rotatedAt } = openAuthTokens(keyRing, instance)
        const force = c.req.valid('query').force === 'true'
        if (previous && !force) {
          refuse(
            409,
            `The credentials from before ${utc(rotatedAt ?? '')} still work, and this would end them. Retire them first, or add --force.`,
          )
        }
        const rotation = { step: 'rotate' as const, id: randomUUID(), ...(force ? { force } : {}) }
        const target = { ...currentTarget(instance), rotation }
        return accepted(c, await requests.update(instance, target))
      })

      /** Ends the credentials from before the last rotation. */
      .post('/:instance/retire', async (c) => {
        const instance = changeable(await instanceOf(c, operations))
        if (!openAuthTokens(keyRing, instance).previous)
          refuse(409, 'There are no old credentials to retire.')
        const rotation = { step: 'retire' as const, id: randomUUID() }
        const target = { ...currentTarget(instance), rotation }
        return accepted(c, await requests.update(instance, target))
      })

      /** Brings it to the stack of this version of the broker, as `cf upgrade-service` does. */
      .post('/:instance/upgrade', async (c) => {
        const instance = changeable(await instanceOf(c, operations))
        if (instance.maintenanceVersion === maintenanceVersion) {
          refuse(409, `It has the stack ${maintenanceVersion} already.`)
        }
        const updatedAt = new Date().toISOString()
        const target = { ...currentTarget(instance), maintenanceVersion, updatedAt }
        return accepted(c, await requests.update(instance, target))
      })

      /** Ends the operation in progress as failed; what it runs is stopped in order. */
      .post('/:instance/cancel', async (c) => {
        const { operation } = await instanceOf(c, operations)
        const cancelled = await requests.cancel(operation, `Stopped by ${operator}.`)
        if (!cancelled) refuse(409, 'No operation is in progress.')
        return answer(c, { operation: shownOperation(cancelled) })
      })

      /** Drops the instance and its state; its Redis stays: the answer names its replication group. */
      .post('/:instance/forget', async (c) => {
        const { instance } = await instanceOf(c, operations)
        const begun = acceptedOperation(await requests.forget(instance))
        const group = replicationGroupId(naming, instance)
        return answer(c, { operation: shownOperation(begun), group }, 202)
      })

      /**
       * Opens a state lock that somebody left. An operation's own lock is not open to this: cancel it. Nor is one
       * that does not say whose it is, as in `pg`.
       */
      .post('/:instance/unlock', async (c) => {
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
        return answer(c, { unlocked: holder })
      })
  )
}

/** The answer with the operation that a request began. @throws HTTPException when it began none */
function accepted(c: Context, result: RequestResult) {
  return answer(c, { operation: shownOperation(acceptedOperation(result)) }, 202)
}

/** @returns the instance, unless an update would fail: on top of a failed one, or of a Redis that is gone */
function changeable(known: InstanceStatus): Instance {
  const { instance, operation } = known
  refuseHalfDeleted(known)
  if (instance.missingSince) {
    refuse(
      409,
      `Its Redis is gone from AWS. Make a new, empty one first: npx redis-broker reconcile ${instance.id}`,
    )
  }
  if (operation.state === 'failed') refuse(409, failedLast(operation))
  return instance
}
