import type { Context } from 'hono'
import * as v from 'valibot'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { ifReadable } from '../instances/sealed.ts'
import { nameOf, supportWarning } from '../model/engine-versions.ts'
import type { Operation } from '../operations/operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import { waitingIn } from '../operations/pause.ts'
import { startOf } from '../text/shorten.ts'
import { isGone } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { pathId } from './requests.ts'
import { rotationSentence } from './rotation.ts'
import { snapshotSentence } from './snapshots.ts'

/** Cloud Controller asks no sooner than after 60 s; others may. */
const retryAfterSeconds = 10

const longestDescription = 1000

const operationId = v.pipe(v.string(), v.uuid())

/** GET /v2/service_instances/:id/last_operation. Query fields are hints: unknown ones are tolerated. */
export const lastOperation = (osb: Osb) => async (c: Context) => {
  const id = pathId(c, 'instance')
  const status = await osb.operations.status(id)
  const operation = await operationOf(osb, id, status, c.req.query('operation'))
  if (!operation) throw new OsbError('unknownInstance')
  const { state, instanceUsable, updateRepeatable } = operation
  if (state === 'in progress') c.header('Retry-After', String(retryAfterSeconds))
  const description = [
    (await waitsFor(osb, operation)) ?? describe(operation),
    supportOf(osb, operation),
    status && operation.state !== 'in progress' ? rotationOf(osb, c, status) : undefined,
  ]
    .filter(Boolean)
    .join(' ')
  return c.json({
    state,
    description: startOf(description, longestDescription),
    ...(instanceUsable === null ? {} : { instance_usable: instanceUsable }),
    ...(updateRepeatable === null ? {} : { update_repeatable: updateRepeatable }),
  })
}

/** The one that is asked for, or else the last one: also of an instance that is gone. */
async function operationOf(
  osb: Osb,
  id: string,
  status: InstanceStatus | undefined,
  asked: string | undefined,
): Promise<Operation | undefined> {
  const last = status?.operation
  const isAnother = v.is(operationId, asked) && asked !== last?.id
  return (isAnother && (await osb.operations.find(id, asked))) || last || osb.operations.last(id)
}

/** The end of support of the version that an operation has brought an instance to, in a sentence. */
function supportOf({ catalog }: Osb, { state, type, target }: Operation): string | undefined {
  const { planId, parameters, rotation, createAnew } = target
  const tells = state === 'succeeded' && (type === 'provision' || type === 'update')
  if (!tells || rotation || createAnew) return undefined
  return supportWarning(parameters.engineVersion, new Date(), catalog.plan(planId)?.engineVersions)
}

/** Where a rotation stands. It is part of how an instance is once nothing is being done to it. */
function rotationOf({ keyRing }: Osb, c: Context, status: InstanceStatus): string | undefined {
  if (isGone(status)) return undefined
  const tokens = ifReadable(c.var.log, () => openAuthTokens(keyRing, status.instance))
  return tokens && rotationSentence(tokens)
}

/** The reason for which an operation has not started yet, in a sentence. */
async function waitsFor(osb: Osb, operation: Operation): Promise<string | undefined> {
  if (operation.state !== 'in progress') return undefined
  const place = await osb.operations.placeInQueue(operation)
  if (place === 0) return undefined
  const paused = waitingIn(await osb.pause.current(), operation)
  return paused ?? `waiting for its turn, number ${place} in the queue`
}

function describe(operation: Operation): string {
  if (operation.state === 'failed') return operation.description
  if (operation.state === 'in progress') {
    return `${operation.description || 'starting'}, ${elapsed(operation.startedAt)} so far`
  }
  if (operation.type === 'deprovision') return 'The Redis and everything that belongs to it is deleted.'
  if (operation.type === 'forget')
    return 'The operators of the platform have taken the instance from the broker.'
  const { parameters, rotation, snapshot, createAnew } = operation.target
  const { engineVersion } = parameters
  if (rotation) return changed[rotation.step]
  if (snapshot) return snapshotSentence(snapshot)
  if (createAnew) {
    return `A new ${nameOf(engineVersion)} is ready, without data: the one before was gone. Its address and password may be others: have apps bound again and restaged, and keys made again.`
  }
  const done = operation.type === 'provision' ? 'is ready' : 'is updated'
  return `${nameOf(engineVersion)} ${done}.`
}

const changed = {
  rotate: 'New credentials are ready: new bindings and keys get them.',
  retire: 'The old credentials have ended.',
}

/** The time since then, as people say it: `45 s`, `3 min 10 s`, `1 h 5 min`. */
function elapsed(since: Date | null): string {
  const seconds = since ? Math.max(Math.floor((Date.now() - since.getTime()) / 1000), 0) : 0
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds} s`
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
