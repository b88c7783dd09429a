import { setTimeout as sleep } from 'node:timers/promises'
import { serviceId } from '../../../broker/catalog/catalog.ts'
import {
  type Answer,
  deleteQuery,
  instanceBody,
  instancePath,
  type PlanName,
  plans,
} from '../../support/broker.ts'
import type { Random } from './random.ts'
import type { Life, Step } from './script.ts'
import type { Site } from './site.ts'

/** How often a failed update or deletion is asked for again. */
const mostRepeats = 8

/** The fate of an instance, as the platform knows it. */
export interface Outcome {
  life: Life
  /** In `deleted`, the platform has been told that nothing is left. */
  state: 'succeeded' | 'failed' | 'deleted'
  /** A failed update leaves the plan as it was. */
  plan: PlanName
  accepted: number
  ended: number
  failed: number
  /** Why operations failed, for whoever has to find out. */
  reasons: string[]
}

/** Lives an instance's life as Cloud Controller does: asks, polls, and asks again whom it finds. */
export async function live(site: Site, life: Life, random: Random): Promise<Outcome> {
  const first = life.steps[0] as Step & { verb: 'create' }
  const outcome: Outcome = {
    life,
    state: 'failed',
    plan: first.plan,
    accepted: 0,
    ended: 0,
    failed: 0,
    reasons: [],
  }
  for (const step of life.steps) {
    if (step.verb === 'bind') {
      if (outcome.state === 'succeeded') await bind()
      continue
    }
    // A failed creation can only be deleted.
    if (step.verb === 'update' && outcome.state === 'failed') continue
    await operate(step)
  }
  return outcome

  async function bind() {
    const { status } = await ask('PUT', `${instancePath(life.id)}/service_bindings/key`, {
      service_id: serviceId,
      plan_id: plans[outcome.plan],
    })
    if (status !== 201 && status !== 200) throw new Error(`binding ${life.id} was answered with ${status}`)
    outcome.accepted++
    outcome.ended++
  }

  async function operate(step: Exclude<Step, { verb: 'bind' }>): Promise<void> {
    for (let repeats = 0; ; repeats++) {
      const answer = await request(step)
      const { status } = answer
      if (step.verb === 'delete' && status === 410) break
      if (status !== 202 && status !== 200) {
        throw new Error(
          `${step.verb} of ${life.id} was answered with ${status} ${JSON.stringify(answer.body)}`,
        )
      }
      outcome.accepted++
      const end = status === 200 ? { state: 'succeeded' } : await ended()
      outcome.ended++
      if (end.state === 'succeeded') break
      outcome.failed++
      outcome.reasons.push(`${step.verb}: ${end.description}`)
      if (step.verb === 'create') return
      if (repeats === mostRepeats) throw new Error(`${step.verb} of ${life.id} failed every time`)
    }
    if (step.verb === 'delete') outcome.state = 'deleted'
    else Object.assign(outcome, { state: 'succeeded', plan: step.plan })
  }

  function request(step: Exclude<Step, { verb: 'bind' }>): Promise<Answer> {
    const path = `${instancePath(life.id)}?accepts_incomplete=true`
    switch (step.verb) {
      case 'create': {
        const parameters = { engineVersion: step.engineVersion }
        return ask('PUT', path, { ...instanceBody(step.plan), parameters })
      }
      case 'update': {
        const parameters = { engineVersion: step.engineVersion }
        return ask('PATCH', path, { service_id: serviceId, plan_id: plans[step.plan], parameters })
      }
      case 'delete':
        return ask('DELETE', `${path}&${deleteQuery(outcome.plan)}`)
    }
  }

  async function ended(): Promise<Answer['body']> {
    for (;;) {
      const { body } = await ask('GET', `${instancePath(life.id)}/last_operation`)
      if (body.state !== 'in progress') return body
      await sleep(500)
    }
  }

  /** From whichever broker answers. */
  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    for (;;) {
      const broker = random.pick(site.brokers)
      const answer = await broker.request(method, path, { body }).catch(() => undefined)
      if (answer && answer.status < 500) return answer
      await sleep(250)
    }
  }
}
