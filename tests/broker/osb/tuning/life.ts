import { once } from '../../../support/once.ts'
import { withRedis } from '../../../support/redis.ts'
import { broker, chosen, events, group, id, login, parameters, seen, tuned } from './site.ts'

// The life of the instance. Each step is done when a test asks for it or for a later one, and tells what was found then.

export const created = once(async () => {
  const same = Object.fromEntries(Object.entries(chosen).toReversed())
  const again = (given: object) => broker().provision(id, 'redis-dev', { parameters: given })
  return {
    seen: await seen(id),
    events: await events(id),
    group: await group(id),
    parameters: await parameters(id),
    same: await again(same),
    other: await again({ ...same, slowlogLogSlowerThan: 1 }),
  }
})

/** Changed while a client is connected, which is idle for too long after it. */
export const updated = once(async () => {
  await created()
  const kept = await withRedis(await login(id), async (redis) => {
    await redis.set('kept', 'data')
    await tuned(id, { notifyKeyspaceEvents: 'KEA', timeout: 20 })
    const data = await redis.get('kept')
    const ended = new Promise((resolve) => redis.once('error', resolve))
    await ended
    return data
  })
  return {
    kept,
    events: await events(id),
    seen: await seen(id),
    same: await broker().update(id, { parameters: { timeout: 20, notifyKeyspaceEvents: 'KEA' } }),
  }
})

/** Restarted with its machine, and of another family of parameters after it. */
export const upgraded = once(async () => {
  await updated()
  await withRedis(await login(id), (redis) => redis.set('kept', 'data'))
  await broker().aws((aws) => aws.stop())
  await broker().aws((aws) => aws.start())
  const restarted = await seen(id)
  await tuned(id, { engineVersion: '7.0' })
  return {
    restarted,
    group: await group(id),
    seen: await seen(id),
    kept: await withRedis(await login(id), (redis) => redis.get('kept')),
    groups: await parameterGroups(),
  }
})

/** With null for each parameter that was chosen. */
export const reset = once(async () => {
  await upgraded()
  const { engineVersion } = await parameters(id)
  await tuned(id, {
    maxmemoryPolicy: null,
    slowlogLogSlowerThan: null,
    notifyKeyspaceEvents: null,
    timeout: null,
    maintenanceWindow: null,
  })
  return {
    engineVersion,
    seen: await seen(id),
    events: await events(id),
    group: await group(id),
    parameters: await parameters(id),
  }
})

/** On the plan that its operators have shaped. */
export const moved = once(async () => {
  await reset()
  await tuned(id, { timeout: 90 }, { plan_id: 'shaped' })
  return seen(id)
})

export const deleted = once(async () => {
  await moved()
  const before = await parameterGroups()
  await broker().deprovision(id)
  const ended = await broker().ended(id)
  return { before, ended, after: await parameterGroups() }
})

const parameterGroups = () => broker().aws((aws) => aws.listParameterGroups())
