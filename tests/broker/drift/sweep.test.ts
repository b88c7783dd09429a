import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LocalAws } from '../../../stacks/local-aws/index.ts'
import { instancePath, TestBroker } from '../../support/broker.ts'
import { type ProgramRun, runCommand } from '../../support/program.ts'
import { plansWait, processes, untilPlanned } from './held-plans.ts'
import { signature, WebhookReceiver } from './webhook-receiver.ts'

const [large, small] = [randomUUID(), randomUUID()]
const redis = 'aws_elasticache_replication_group.redis'
const secret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=='

let broker: TestBroker
let webhook: WebhookReceiver
beforeAll(async () => {
  webhook = await WebhookReceiver.start()
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    DRIFT_AT_ONCE: '2',
    // What a look at all spares is in bulk-look.test.ts.
    DRIFT_FULL_PLAN_DAYS: '0',
    DRIFT_WEBHOOK_URL: webhook.url,
    DRIFT_WEBHOOK_SECRET: secret,
  })
  await Promise.all([
    broker.created(large, 'redis-3node', { context: { instance_name: 'sessions' } }),
    broker.created(small, 'redis-dev', { context: { instance_name: 'cache', space_name: 'production' } }),
  ])
})
afterAll(async () => {
  await broker?.remove()
  await webhook?.stop()
})

const drift = (...args: string[]) => runCommand(['drift', ...args], broker)
const reconcile = (instance: string) => runCommand(['reconcile', instance], broker)

async function report(...instances: string[]) {
  const run = await drift('--json', ...instances)
  return { code: run.code, ...JSON.parse(run.stdout) }
}

/** Changes the world behind Terraform's back. */
const behind = (id: string, change: (aws: LocalAws, group: string) => Promise<void>) =>
  broker.aws((aws) => change(aws, `cf-${id}`))

async function groupOf(id: string) {
  const groups = await broker.aws((aws) => aws.describeReplicationGroups())
  return groups.find(({ replicationGroupId }) => replicationGroupId === `cf-${id}`)
}

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The access to a state in the environment of a plan that runs. @param line of `processes` */
function stateAccess(line: string): { stack: string; login: string } {
  const environment = readFileSync(`/proc/${line.trim().split(' ')[0]}/environ`, 'utf8').split('\0')
  const variable = (name: string) =>
    environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
  const stack = variable('TF_HTTP_USERNAME') ?? ''
  return { stack, login: `${stack}:${variable('TF_HTTP_PASSWORD')}` }
}

describe('as long as nobody touches anything', () => {
  test('a new instance counts as clean: its deploy has proved it', async () => {
    const { body } = await broker.request('GET', '/operator/metrics', { login: 'operator:operator' })
    expect(body).toContain('broker_instances{drift="clean"} 2')
    expect(body).toContain('broker_instances{drift="unchecked"} 0')
  })

  test('nothing differs: exit code 0', async () => {
    const run: ProgramRun = await drift()
    expect(run.code).toBe(0)
    expect(run.stdout).toContain(`${large} sessions: clean`)
    expect(run.stdout).toContain('2 clean')
  })

  test('the report tells what each check and the shared provider have cost', async () => {
    const { code, instances, provider, cpuSeconds } = await report()
    expect(code).toBe(0)
    expect(instances).toHaveLength(2)
    for (const one of instances) {
      expect(one).toMatchObject({ state: 'clean', findings: [], cpuSeconds: expect.any(Number) })
      expect(one.cpuSeconds).toBeGreaterThan(0)
      expect(one.megabytes).toBeGreaterThan(10)
    }
    expect(provider.megabytes).toBeGreaterThan(10)
    expect(cpuSeconds).toBeGreaterThan(provider.cpuSeconds)
  })

  test('no lock was taken and no state was written', async () => {
    const { body } = await broker.request('GET', `/operator/instances/${small}`, {
      login: 'operator:operator',
    })
    expect(body).toMatchObject({ lock: null, state: { serial: 1 } })
  })

  test('nor does it when the provider dies in the middle: one other takes its place', async () => {
    const deaths = [{ call: 'describeReplicationGroups', when: 'before' as const, times: 1 }]
    await broker.aws((aws) => aws.setBehaviour({ deaths }))
    const { code, instances } = await report()
    await broker.aws((aws) => aws.setBehaviour({}))
    expect(code).toBe(0)
    expect(instances).toHaveLength(2)
    expect(processes(broker, '-debug')).toEqual([])
  })

  test('nobody is told', () => {
    expect(webhook.calls).toEqual([])
  })

  test('no plan and no password stays on disk, and no provider goes on running', async () => {
    const { body } = await broker.bind(small, 'key')
    const left = files(join(broker.dataDirectory, 'drift'))
    expect(left.length).toBeGreaterThan(0)
    for (const file of left) expect(readFileSync(file, 'utf8')).not.toContain(body.credentials.password)
    expect(left.filter((file) => file.endsWith('.tfplan'))).toEqual([])
    expect(processes(broker, '-debug')).toEqual([])
  })
})

describe('when somebody changes a setting and a tag in the console', () => {
  beforeAll(async () => {
    webhook.statuses.push(500)
    await behind(small, async (aws, group) => {
      await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 0 })
      await aws.addTags(group, { Owner: 'somebody' })
    })
  })

  test('the sweep tells which, and what they were: exit code 2', async () => {
    const { code, instances } = await report('cache')
    expect(code).toBe(2)
    expect(instances).toHaveLength(1)
    expect(instances[0]).toMatchObject({ instance: small, name: 'cache', state: 'drifted' })
    expect(instances[0].findings).toEqual([
      finding('snapshot_retention_limit', 3, 0),
      finding('tags.Owner', null, 'somebody'),
    ])
  })

  test('the webhook is told, signed, and again when it did not take it', async () => {
    await vi.waitFor(() => expect(webhook.calls).toHaveLength(2), { timeout: 20_000, interval: 100 })
    const [refused, taken] = webhook.calls
    expect(taken?.text).toEqual(refused?.text)
    expect(taken?.headers['webhook-id']).toBe(refused?.headers['webhook-id'])
    for (const call of webhook.calls) expect(call.headers['webhook-signature']).toBe(signature(call, secret))
    const message = JSON.parse(taken?.text ?? '')
    expect(message).toEqual({
      type: 'drift.changed',
      timestamp: expect.any(String),
      data: {
        id: taken?.headers['webhook-id'],
        instance: small,
        name: 'cache',
        space: 'production',
        spaceGuid: 'e6f6fbf3-0000-4000-8000-000000000002',
        organizationGuid: 'e6f6fbf3-0000-4000-8000-000000000001',
        state: 'drifted',
        findings: [finding('snapshot_retention_limit', 3, 0), finding('tags.Owner', null, 'somebody')],
      },
    })
    expect(Math.abs(Date.now() - Date.parse(message.timestamp))).toBeLessThan(3_600_000)
  })

  test('the same found once more is no news', async () => {
    const run = await drift()
    expect(run.code).toBe(2)
    expect(run.stdout).toContain(`${redis}: snapshot_retention_limit was 3, is 0`)
    expect(run.stdout).toContain('1 clean, 1 drifted')
    expect(webhook.calls).toHaveLength(2)
  })

  test('the change of state is in the log, once', () => {
    const lines = broker.output.split('\n').filter((line) => line.includes(`drift state of ${small}`))
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ before: 'clean', state: 'drifted', instance: small })
  })

  test('the metrics count it', async () => {
    const { body } = await broker.request('GET', '/operator/metrics', { login: 'operator:operator' })
    expect(body).toContain('broker_instances{drift="drifted"} 1')
    expect(body).toContain('broker_instances{drift="clean"} 1')
    expect(body).toMatch(/^broker_drift_oldest_check_age_seconds [\d.]+$/m)
    expect(body).toContain('broker_drift_check_duration_seconds_count{drift="drifted"} 2')
    expect(body).toContain('broker_operations{type="provision",state="succeeded"} 2')
    expect(body).toContain('broker_queue_length 0')
  })
})

describe('when a replica dies', () => {
  beforeAll(() => behind(large, (aws, group) => aws.killNode(`${group}-002`)))

  test('the sweep tells that there is a node less', async () => {
    const { code, instances } = await report('sessions')
    expect(code).toBe(2)
    expect(instances[0].findings).toContainEqual(finding('num_cache_clusters', 3, 2))
  })

  test('reconcile brings it back through the queue, and the next sweep is clean', async () => {
    const { code, stdout } = await reconcile('sessions')
    expect(code).toBe(0)
    const { body } = await broker.request('GET', `${instancePath(large)}/last_operation`)
    expect(stdout).toContain('The update is queued')
    expect(body.state).toBe('in progress')
    expect(await broker.ended(large)).toMatchObject({ state: 'succeeded' })
    expect((await report('sessions')).instances[0]).toMatchObject({ state: 'clean' })
  })

  test('there is nothing to reconcile then', async () => {
    expect((await reconcile('sessions')).stdout).toContain('Nothing was done')
  })
})

test('a change that the stack has ahead of it is pending, not drift', async () => {
  // AWS takes no tags now, so the new name has to wait for the next deploy.
  await behind(large, (aws, group) => aws.keepBusy(group, 'snapshotting', 3_600_000))
  await broker.request('PATCH', instancePath(large), {
    body: {
      service_id: 'cda65825-e357-4a93-a24b-9ab138d97815',
      context: { instance_name: 'carts' },
    },
  })
  await behind(large, (aws) => aws.finishWaits())
  const { code, instances } = await report('carts')
  expect(code).toBe(2)
  expect(instances[0]).toMatchObject({
    state: 'pending',
    findings: [
      {
        cause: 'stack',
        resource: redis,
        change: 'changed',
        attribute: 'tags.Instance name',
        before: 'sessions',
        after: 'carts',
      },
    ],
  })
})

test('an instance that AWS does not tell about is an error: exit code 1, and what AWS says', async () => {
  const faults = [{ call: 'describeReplicationGroups', fault: 'Throttling' as const, times: 20 }]
  await broker.aws((aws) => aws.setBehaviour({ faults }))
  const { code, instances } = await report('carts')
  await broker.aws((aws) => aws.setBehaviour({}))
  expect(code).toBe(1)
  expect(instances[0]).toMatchObject({ state: 'error', message: expect.stringContaining('Throttling') })
})

test('an instance with a running operation is left out, and said so', async () => {
  await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
  const { code } = await reconcile(small)
  expect(code).toBe(0)
  const { instances, skipped } = await report()
  expect(skipped).toMatchObject([{ instance: small, reason: 'an operation runs (update)' }])
  expect(instances.map(({ instance }: { instance: string }) => instance)).toEqual([large])
  await vi.waitUntil(async () => (await groupOf(small))?.status === 'modifying', {
    timeout: 60_000,
    interval: 100,
  })
  await broker.aws(async (aws) => {
    aws.setBehaviour({})
    await aws.finishWaits()
  })
  expect(await broker.ended(small)).toMatchObject({ state: 'succeeded' })
})

test('an instance that AWS is busy with is left out, and said so', async () => {
  await behind(small, async (aws, group) => {
    aws.setBehaviour({ modificationMilliseconds: 3_600_000 })
    await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 0 })
    aws.setBehaviour({})
  })
  const { instances, skipped } = await report()
  expect(skipped).toMatchObject([{ instance: small, reason: 'AWS is busy with it (modifying)' }])
  expect(instances.map(({ instance }: { instance: string }) => instance)).toEqual([large])
  await behind(small, async (aws, group) => {
    await aws.finishWaits()
    await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 3 })
  })
})

describe('a sweep that is interrupted', () => {
  test('by its client ends, and the next one finds all', async () => {
    const gone = new AbortController()
    const answer = await fetch(`${broker.url}/operator/drift`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('operator:operator')}` },
      body: '{}',
      signal: gone.signal,
    })
    await answer.body?.getReader().read()
    gone.abort()
    // Until it has ended, the instance that it was at is its own.
    await vi.waitFor(async () => expect((await report()).instances).toHaveLength(2), {
      timeout: 60_000,
      interval: 200,
    })
    expect(processes(broker, '-debug')).toEqual([])
  })

  test('by kill -9 of the broker leaves no plans, processes, claims or credentials once it is back', async () => {
    await broker.aws((aws) => aws.setBehaviour(plansWait))
    const sweep = drift()
    await untilPlanned(broker)
    const { stack, login } = stateAccess(processes(broker, 'terraform plan')[0] ?? '')
    expect((await broker.request('GET', `/state/${stack}`, { login })).status).toBe(200)
    await broker.kill()
    expect(await sweep).toMatchObject({ code: 1, stderr: expect.stringContaining('interrupted') })
    await broker.start()
    expect(processes(broker, 'terraform plan')).toEqual([])
    expect(processes(broker, '-debug')).toEqual([])
    expect((await broker.request('GET', `/state/${stack}`, { login })).status).toBe(403)
    expect(files(join(broker.dataDirectory, 'drift')).filter((file) => file.endsWith('.tfplan'))).toEqual([])
    await broker.aws((aws) => aws.setBehaviour({}))
    const { instances, skipped } = await report()
    expect(skipped).toEqual([])
    expect(instances).toHaveLength(2)
  })
})

describe('when the group is deleted behind its back', () => {
  beforeAll(() => behind(small, (aws, group) => aws.deleteReplicationGroup(group)))

  test('it is missing: exit code 2', async () => {
    const { code, instances } = await report(small)
    expect(code).toBe(2)
    expect(instances[0]).toMatchObject({
      state: 'missing',
      findings: [{ cause: 'world', resource: redis, change: 'gone' }],
    })
    // From here on nobody is bound to it.
    expect((await broker.bind(small, 'to-nothing')).status).toBe(422)
  })

  test('reconcile creates it anew, and says what that means', async () => {
    const { code, stdout } = await reconcile(small)
    expect(code).toBe(0)
    expect(stdout).toContain('it is empty, and may have another address')
    expect(await broker.ended(small)).toMatchObject({
      state: 'succeeded',
      description: expect.stringContaining('without data: the one before was gone'),
    })
  })

  test('nobody is told that it is missing any longer, and the webhook is told so, without another sweep', async () => {
    const look = async (path: string) =>
      (await broker.request('GET', path, { login: 'operator:operator' })).body
    expect((await look(`/operator/instances/${small}`)).driftState).toBe('clean')
    expect(await look('/operator/metrics')).toContain('broker_instances{drift="missing"} 0')
    await vi.waitFor(() => expect(told(small).at(-1)).toMatchObject({ state: 'clean', findings: [] }), {
      timeout: 20_000,
      interval: 100,
    })
    expect(told(small).at(-2)).toMatchObject({ state: 'missing' })
    expect(broker.output).toContain(`drift state of ${small} was missing, is clean`)
  })

  test('and it is clean', async () => {
    expect((await report(small)).instances[0]).toMatchObject({ state: 'clean' })
  })

  test('a reconcile of something else never does, not when it is tried again either', async () => {
    await behind(small, async (aws, group) => {
      await aws.addTags(group, { Owner: 'somebody' })
      aws.setBehaviour({ faults: [{ call: 'removeTagsFromResource', fault: 'AccessDenied', times: 1 }] })
    })
    expect((await reconcile(small)).code).toBe(0)
    expect(await broker.ended(small)).toMatchObject({ state: 'failed' })
    await behind(small, (aws, group) => aws.deleteReplicationGroup(group))
    const retry = await runCommand(['retry', small], broker)
    expect(retry.code).toBe(0)
    expect(await broker.ended(small)).toMatchObject({
      state: 'failed',
      description: expect.stringContaining('is gone'),
    })
    expect(await groupOf(small)).toBeUndefined()
  })
})

describe('the command says what is wrong', () => {
  test.each([
    {
      when: 'no broker answers',
      environment: { BROKER_URL: 'http://127.0.0.1:9' },
      args: [],
      says: /Start it, or set BROKER_URL/,
    },
    {
      when: 'the password is wrong',
      environment: { OPERATOR_PASSWORD: 'wrong' },
      args: [],
      says: /OPERATOR_USERNAME and OPERATOR_PASSWORD/,
    },
    {
      when: 'there is no such instance',
      environment: {},
      args: ['nobodys'],
      says: /There is no instance nobodys/,
    },
    { when: 'an option is unknown', environment: {}, args: ['--fix'], says: /--fix/ },
  ])('when $when: exit code 1', async ({ environment, args, says }) => {
    const run = await runCommand(['drift', ...args], broker, environment as Record<string, string>)
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(says) })
  })
})

/** The messages to the webhook about an instance. */
const told = (id: string) =>
  webhook.calls
    .map(({ text }) => JSON.parse(text).data)
    .filter(({ instance }: { instance: string }) => instance === id)

function finding(attribute: string, before: unknown, after: unknown) {
  return { cause: 'world', resource: redis, change: 'changed', attribute, before, after }
}
