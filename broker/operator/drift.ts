import { Hono } from 'hono'
import * as v from 'valibot'
import type { Drift } from '../drift/drift.ts'
import type { Checked, SweepEvent } from '../drift/report.ts'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import { currentTarget } from '../instances/operation.ts'
import { answer } from './answer.ts'
import { events } from './events.ts'
import { body, instanceOf, meant, refuse } from './requests.ts'
import { shownOperation } from './shown.ts'

const sweepBody = v.object({
  /** Guids, beginnings of guids, or names; all instances by default. */
  instances: v.optional(v.array(v.string())),
})

/** Drift sweeps, to be mounted at `/operator/drift`. */
export function driftApp({ drift, instances }: { drift: Drift; instances: Instances }) {
  return (
    new Hono()
      /** Sweeps, and answers with the events as they come. A client that goes away ends the sweep. */
      .post('/', body(sweepBody), async (c) => {
        const { instances: words } = c.req.valid('json')
        const all = await instances.all()
        const targets = words?.length ? [...new Set(words.flatMap((word) => meant(all, word)))] : all
        return events<SweepEvent>(c, 'drift sweep', (tell, gone) => drift.sweep(targets, gone, tell))
      })

      /**
       * Looks at an instance, and queues an update to what it should be already. It goes the way of every update,
       * so that `prevent_destroy` holds, and a plan that would replace anything is refused before that.
       */
      .post('/reconcile/:instance', async (c) => {
        const { instance, operation } = await instanceOf(c, instances)
        if (operation.state === 'in progress') refuse(409, `An operation is in progress (${operation.type}).`)
        const check = await checkNow(drift, instance, c.req.raw.signal)
        if (check.state === 'error') refuse(409, `The instance could not be checked: ${check.message}`)
        const destroyed = check.findings.find(({ change }) => change === 'replaced' || change === 'deleted')
        if (destroyed) {
          refuse(
            409,
            `${destroyed.resource} would be ${destroyed.change}, and its data lost. Nothing was done.`,
          )
        }
        if (check.state === 'clean') return answer(c, { check, operation: null }, 200)
        const begun = await instances.update(instance, {
          ...currentTarget(instance),
          // A retry of an update that only put a setting right must not make an empty Redis of one that is gone.
          ...(check.state === 'missing' ? { createAnew: true as const } : {}),
        })
        if (!begun) refuse(409, 'Another operation has begun in the meantime.')
        return answer(c, { check, operation: shownOperation(begun) }, 202)
      })
  )
}

async function checkNow(drift: Drift, instance: Instance, signal: AbortSignal): Promise<Checked> {
  let found: Checked | undefined
  let reason = 'it is gone'
  await drift.sweep([instance], signal, (event) => {
    if (event.type === 'checked') found = event
    if (event.type === 'skipped') reason = event.reason
  })
  return found ?? refuse(409, `The instance could not be checked: ${reason}.`)
}
