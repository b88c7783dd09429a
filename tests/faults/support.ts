import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { ReplicationGroupStatus } from '../../stacks/local-aws/index.ts'
import type { PlanName, TestBroker } from '../support/broker.ts'
import { loginOf, withRedis } from '../support/redis.ts'

/** Waits for what is bound to happen; a test that waits in vain ends by its time limit. */
export async function until(happened: () => unknown): Promise<void> {
  while (!(await happened())) await sleep(50)
}

/** Waits for the end of an instance's last operation, which must be a success. */
export async function succeeds(broker: TestBroker, id: string): Promise<void> {
  const { state, description } = await broker.ended(id)
  expect(`${state}: ${description}`).toMatch(/^succeeded: /)
}

/** The replication group of an instance, as the local AWS has it. */
export async function groupOf(broker: TestBroker, id: string) {
  const groups = await broker.aws((aws) => aws.listReplicationGroups())
  return groups.find(({ replicationGroupId }) => replicationGroupId === `cf-${id}`)
}

export async function untilGroupIs(
  broker: TestBroker,
  id: string,
  status: ReplicationGroupStatus | undefined,
): Promise<void> {
  await until(async () => (await groupOf(broker, id))?.status === status)
}

/** Uses the credentials of a new binding as an application would. */
export async function serves(broker: TestBroker, id: string, plan: PlanName = 'redis-dev'): Promise<boolean> {
  const { body } = await broker.bind(id, `check-${Date.now()}`, plan)
  const login = loginOf(body.credentials)
  return withRedis({ ...login, insecure: login.ca === undefined }, async (redis) => {
    await redis.set('of', id)
    return (await redis.get('of')) === id
  })
}

/** The log lines of a broker with this message. */
export function logged(broker: TestBroker, message: string): Record<string, unknown>[] {
  return broker.output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === message)
}
