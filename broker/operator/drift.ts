import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import * as v from 'valibot'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Drift } from '../drift/drift.ts'
import type { Checked, SweepLine } from '../drift/report.ts'
import { currentTarget, type Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Operations } from '../operations/operations.ts'
import type { OperationRequests } from '../operations/requests.ts'
import { acceptedOperation, instanceOf, instancesNamed, readBody, refuse } from './requests.ts'

const sweepBody = v.object({
  /** Guids or names; all instances by default. */
  instances: v.optional(v.array(v.string())),
})

export interface DriftAppOptions {
  drift: Drift
  instances: Instances
  operations: Operations
  requests: OperationRequests
}

/** Drift sweeps, to be mounted at `/operator/drift`. */
export function driftApp({ drift, instances, operations, requests }: DriftAppOptions): Hono {
  const app = new Hono()

  /**
   * Sweeps, and answers with the events as they come, a line of JSON each. A client that goes away ends the
   * sweep. A sweep that can't go on ends with `{"type":"failed","message":…}`.
   */
  app.post('/', async (c) => {
    const { instances: words } = await readBody(c, sweepBody)
    const targets = words?.length ? await instancesOf(words) : await instances.all()
    c.header('Content-Type', 'application/x-ndjson')
    return stream(c, async (answer) => {
      const gone = new AbortController()
      answer.onAbort(() => gone.abort(new Error('nobody reads the answer')))
      const tell = (line: SweepLine) => answer.writeln(JSON.stringify(line))
      let written: Promise<unknown> = Promise.resolve()
      try {
        await drift.sweep(targets, gone.signal, (event) => {
          written = tell(event)
        })
      } catch (error) {
        if (!gone.signal.aborted) c.get('log').error({ err: error }, 'drift sweep failed')
        written = tell({ type: 'failed', message: causeOf(error as Error).message })
      }
      await written
    })
  })

  /**
   * Looks at an instance, and queues an update to what it should be already. It goes the way of every update,
   * so that `prevent_destroy` holds, and a plan that would replace anything is refused before that.
   */
  app.post('/reconcile/:instance', async (c) => {
    const { instance, operation } = await instanceOf(c, operations)
    if (operation.state === 'in progress') refuse(409, `An operation is in progress (${operation.type}).`)
    const check = await checkNow()
    if (check.state === 'error') refuse(409, `The instance could not be checked: ${check.message}`)
    const destroyed = check.findings.find(({ change }) => change === 'replaced' || change === 'deleted')
    if (destroyed) {
      refuse(409, `${destroyed.resource} would be ${destroyed.change}, and its data lost. Nothing was done.`)
    }
    if (check.state === 'clean') return c.json({ check, operation: null })
    const result = await requests.update(instance, {
      ...currentTarget(instance),
      // A retry of an update that only put a setting right must not make an empty Redis of one that is gone.
      ...(check.state === 'missing' ? { createAnew: true as const } : {}),
    })
    const begun = acceptedOperation(result)
    return c.json({ check, operation: begun.id }, 202)

    async function checkNow(): Promise<Checked> {
      let found: Checked | undefined
      let reason = 'it is gone'
      await drift.sweep([instance], c.req.raw.signal, (event) => {
        if (event.type === 'checked') found = event
        if (event.type === 'skipped') reason = event.reason
      })
      return found ?? refuse(409, `The instance could not be checked: ${reason}.`)
    }
  })

  /** Each once, whatever number of words mean it. */
  async function instancesOf(words: string[]): Promise<Instance[]> {
    const found = new Map<string, Instance>()
    for (const word of words) {
      for (const instance of await instancesNamed(word, instances)) found.set(instance.id, instance)
    }
    return [...found.values()]
  }

  return app
}
