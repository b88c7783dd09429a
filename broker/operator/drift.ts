import { Hono } from 'hono'
import * as v from 'valibot'
import type { Drift } from '../drift/drift.ts'
import type { Checked, SweepEvent } from '../drift/report.ts'
import { object } from '../http/json-object.ts'
import { currentTarget, type Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Operations } from '../operations/operations.ts'
import type { OperationRequests } from '../operations/requests.ts'
import { groupAddress } from '../provisioner/replication-group.ts'
import { answer } from './answer.ts'
import { events } from './events.ts'
import { acceptedOperation, body, instanceOf, instancesNamed, refuse, refuseHalfDeleted } from './requests.ts'
import { shownOperation } from './shown.ts'

const sweepBody = object({
  /** Guids, beginnings of guids, or names; all instances by default. */
  instances: v.optional(v.array(v.string())),
  /** A plan for each of them, as those that are named always get. */
  full: v.optional(v.boolean(), false),
})

export interface DriftAppOptions {
  drift: Pick<Drift, 'sweep'>
  instances: Pick<Instances, 'all' | 'named'>
  operations: Pick<Operations, 'statusesNamed'>
  requests: Pick<OperationRequests, 'update'>
}

/** Drift sweeps, to be mounted at `/operator/drift`. */
export function driftApp({ drift, instances, operations, requests }: DriftAppOptions) {
  return (
    new Hono()
      /** Sweeps, and answers with the events as they come. A client that goes away ends the sweep. */
      .post('/', body(sweepBody), async (c) => {
        const { instances: words, full } = c.req.valid('json')
        const targets = words?.length ? await instancesOf(words, instances) : await instances.all()
        const isFull = full || Boolean(words?.length)
        return events<SweepEvent>(c, 'drift sweep', (tell, signal) =>
          drift.sweep({ instances: targets, full: isFull, signal, tell }),
        )
      })

      /**
       * Looks at an instance, and queues an update to what it should be already. It goes the way of every update,
       * so that `prevent_destroy` holds, and a plan that would replace anything is refused before that.
       */
      .post('/reconcile/:instance', async (c) => {
        const known = await instanceOf(c, operations)
        const { instance, operation } = known
        refuseHalfDeleted(known)
        if (operation.state === 'in progress') refuse(409, `An operation is in progress (${operation.type}).`)
        const check = await checkNow(drift, instance, c.req.raw.signal)
        if (check.state === 'error') refuse(409, `The instance could not be checked: ${check.message}`)
        const destroyed = check.findings.find(
          ({ resource, change }) =>
            resource === groupAddress && (change === 'replaced' || change === 'deleted'),
        )
        if (destroyed) {
          refuse(
            409,
            `${destroyed.resource} would be ${destroyed.change}, and its data lost. Nothing was done.`,
          )
        }
        if (check.state === 'clean') return answer(c, { check, operation: null }, 200)
        const result = await requests.update(instance, {
          ...currentTarget(instance),
          // A retry of an update that only put a setting right must not make an empty Redis of one that is gone.
          ...(check.state === 'missing' ? { createAnew: true as const } : {}),
        })
        const begun = acceptedOperation(result)
        return answer(c, { check, operation: shownOperation(begun) }, 202)
      })
  )
}

/** Each once, whatever number of words mean it. */
async function instancesOf(words: string[], instances: DriftAppOptions['instances']): Promise<Instance[]> {
  const found = new Map<string, Instance>()
  for (const word of words) {
    for (const instance of await instancesNamed(word, instances)) found.set(instance.id, instance)
  }
  return [...found.values()]
}

async function checkNow(
  drift: DriftAppOptions['drift'],
  instance: Instance,
  signal: AbortSignal,
): Promise<Checked> {
  let found: Checked | undefined
  let reason = 'it is gone'
  await drift.sweep({
    instances: [instance],
    full: true,
    signal,
    tell(event) {
      if (event.type === 'checked') found = event
      if (event.type === 'skipped') reason = event.reason
    },
  })
  return found ?? refuse(409, `The instance could not be checked: ${reason}.`)
}
