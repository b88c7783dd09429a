import { expect } from 'vitest'
import type { PlanName, TestBroker } from './broker.ts'
import { loginOf, withRedis } from './redis.ts'

/** Waits for the end of an instance's last operation, which must be a success. */
export async function succeeds(broker: TestBroker, id: string): Promise<void> {
  const { state, description } = await broker.ended(id)
  expect(`${state}: ${description}`).toMatch(/^succeeded: /)
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
