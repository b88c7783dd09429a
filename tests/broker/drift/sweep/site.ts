import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { LocalAws } from '../../../../stacks/local-aws/index.ts'
import type { Answer, TestBroker } from '../../../support/broker.ts'
import { runCommand } from '../../../support/program.ts'
import { type SharedBroker, sharedBroker } from '../../../support/shared-broker.ts'
import { WebhookReceiver } from '../webhook-receiver.ts'

export const secret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=='

const login = 'operator:operator'

/** The instances: of three nodes, with the name `sessions`, and of one, with the name `cache`. */
export const [large, small] = [randomUUID(), randomUUID()]

/**
 * A broker with two instances, whose sweeps plan each of them, and somebody who is told of drift. The tests leave the
 * instances as they found them: as their stacks have them.
 */
export interface Site {
  broker: SharedBroker
  webhook(): WebhookReceiver
  drift(...args: string[]): ReturnType<typeof runCommand>
  reconcile(instance: string): Promise<Answer>
  /** A sweep, as the command gets it, with the exit code that the broker tells it. */
  report(...instances: string[]): Promise<Report>
  /** Changes the world behind Terraform's back. */
  behind(id: string, change: (aws: LocalAws, group: string) => Promise<void>): Promise<void>
  /** The messages to the webhook about an instance. */
  told(id: string): { state: string; findings: object[] }[]
  /** As all was before anybody touched anything. */
  fresh(): Fresh
}

export interface Fresh {
  /** The metrics before the first sweep. */
  metrics: string
  sweep: Report
  /** The small instance after it, as operators see it. */
  instance: Answer['body']
  endedAt: Date
}

// biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it
type Report = { code: number | undefined } & Record<string, any>

export function sweepSite(): Site {
  let webhook: WebhookReceiver | undefined
  let fresh: Fresh | undefined
  const receiver = () => {
    if (!webhook) throw new Error('The webhook is there once the tests run.')
    return webhook
  }
  beforeAll(async () => {
    webhook = await WebhookReceiver.start()
  })
  afterAll(() => webhook?.stop())
  const broker = sharedBroker(
    () => ({
      DRIFT_SCHEDULE: 'off',
      DRIFT_AT_ONCE: '2',
      // What a look at all spares is in many.test.ts.
      DRIFT_FULL_PLAN_DAYS: '0',
      DRIFT_WEBHOOK_URL: receiver().url,
      DRIFT_WEBHOOK_SECRET: secret,
    }),
    async (started) => {
      await Promise.all([createLarge(started), createSmall(started)])
      const seen = async (path: string) => (await started.request('GET', path, { login })).body
      fresh = {
        metrics: await seen('/operator/metrics'),
        sweep: await sweep(started, []),
        instance: await seen(`/operator/instances/${small}`),
        endedAt: new Date(),
      }
    },
  )
  const drift = (...args: string[]) => runCommand(['drift', ...args], broker())
  return {
    broker,
    webhook: receiver,
    drift,
    reconcile: (instance) =>
      broker().request('POST', `/operator/drift/reconcile/${instance}`, { login, body: {} }),
    report: (...instances) => sweep(broker(), instances),
    behind: (id, change) => broker().aws((aws) => change(aws, `cf-${id}`)),
    told: (id) =>
      receiver()
        .calls.map(({ text }) => JSON.parse(text).data)
        .filter(({ instance }) => instance === id),
    fresh() {
      if (!fresh) throw new Error('The first sweep is made once the tests run.')
      return fresh
    },
  }
}

async function sweep(broker: TestBroker, instances: string[]): Promise<Report> {
  const { body } = await broker.request('POST', '/operator/drift', { login, body: { instances } })
  const events: { type: string; exitCode?: number }[] = body
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  const of = (type: string) => events.filter((event) => event.type === type)
  const [ended] = of('ended')
  return { ...ended, code: ended?.exitCode, instances: of('checked'), skipped: of('skipped') }
}

const createLarge = (broker: TestBroker) =>
  broker.created(large, 'redis-3node', { context: { instance_name: 'sessions' } })
const createSmall = (broker: TestBroker) =>
  broker.created(small, 'redis-dev', { context: { instance_name: 'cache', space_name: 'production' } })

/** Until a webhook has got the last message about an instance, so that it is not on its way in the next test. */
export const untilTold = (told: Site['told'], id: string, state: string) =>
  vi.waitFor(() => expect(told(id).at(-1)).toMatchObject({ state }), { timeout: 20_000, interval: 100 })

/** All that sweeps have left on disk. */
export function filesOfSweeps({ dataDirectory }: TestBroker): string[] {
  return readdirSync(join(dataDirectory, 'drift'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
