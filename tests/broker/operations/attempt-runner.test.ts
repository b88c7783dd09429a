import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuthTokens } from '../../../broker/instances/auth-tokens.ts'
import type { Outputs } from '../../../broker/instances/outputs.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { ProvisionFailure } from '../../../broker/model/provision-failure.ts'
import { AttemptRunner } from '../../../broker/operations/attempt-runner.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { operations } from '../../../broker/operations/tables.ts'
import type { Attempt, Provisioner } from '../../../broker/provisioner/provisioner.ts'
import { anyOutputs, Records } from '../../support/records.ts'
import { accepted } from '../../support/requests.ts'

let records: Records
beforeAll(async () => {
  records = await Records.open()
})
afterAll(() => records?.close())

const never = new AbortController().signal

/**
 * Runs an attempt with a provisioner that does only this. @param delays those of the next attempts
 * @param looks one for each look at what failed updates have come to
 */
async function attempt(
  operation: { id: string },
  provisioner: Partial<Provisioner>,
  { signal = never, delays = [] as number[], looks = [] as string[] } = {},
): Promise<void> {
  const runner = new AttemptRunner({
    attempts: records.attempts,
    queue: { enqueueAfter: (seconds) => async () => void delays.push(seconds) },
    provisioner: provisioner as Provisioner,
    upkeep: { observeFailed: async () => void looks.push(operation.id) },
    deployed: async () => async () => () => {},
    log: createLog('silent'),
  })
  await runner.run(operation.id, signal)
}

const throws = (error: Error) => async () => {
  throw error
}

/** As a program that is ended along with its attempt. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const end = () => reject(new Error('it was ended'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
  })

const passing = new ProvisionFailure('AWS is busy', 'the detail', { transient: true })
const final = new ProvisionFailure('AWS refuses', 'the detail')

describe('an attempt that fails', () => {
  test('for a reason that passes is followed by others, later and later; the sixth is the last', async () => {
    const operation = await records.creation('passing')
    const delays: number[] = []
    for (let failures = 1; failures <= 6; failures++) {
      expect(await records.operations.last('passing')).toMatchObject({ state: 'in progress' })
      await attempt(operation, { apply: throws(passing) }, { delays })
    }
    expect(delays).toEqual([5, 15, 45, 135, 405])
    expect((await records.operations.history('passing', 1))[0]).toMatchObject({
      state: 'failed',
      description: 'AWS is busy.',
      detail: 'the detail',
    })
  })

  test('for a reason that does not pass is the last', async () => {
    const operation = await records.creation('final')
    const delays: number[] = []
    await attempt(operation, { apply: throws(final) }, { delays })
    expect(delays).toEqual([])
    expect(await records.operations.last('final')).toMatchObject({ state: 'failed' })
  })

  const once = new ProvisionFailure('It is gone', 'the detail', { repeatable: false })
  const silent = throws(new Error('AWS does not answer'))
  test.each<[string, 'update' | 'deletion', Error, Provisioner['isUsable'], object]>([
    ['an update of what runs', 'update', final, async () => true, { instanceUsable: true }],
    ['an update of what is gone', 'update', once, async () => false, { instanceUsable: false }],
    ['an update while AWS is silent', 'update', final, silent, { instanceUsable: true }],
    ['an update that may be repeated', 'update', final, silent, { updateRepeatable: true }],
    ['an update that may not be repeated', 'update', once, silent, { updateRepeatable: false }],
    ['a deletion of what runs', 'deletion', final, async () => true, { instanceUsable: true }],
    ['a deletion while AWS is silent', 'deletion', final, silent, { instanceUsable: false }],
    ['a deletion', 'deletion', final, silent, { updateRepeatable: null }],
  ])('at %s says what it has left', async (what, type, error, isUsable, facts) => {
    await records.created(what)
    const operation = await records[type](what)
    await attempt(operation, { apply: throws(error), destroy: throws(error), isUsable })
    expect(await records.operations.last(what)).toMatchObject({ state: 'failed', ...facts })
  })

  test('at a creation leaves nothing to say of it', async () => {
    await attempt(await records.creation('new'), { apply: throws(final), isUsable: async () => true })
    expect(await records.operations.last('new')).toMatchObject({
      instanceUsable: null,
      updateRepeatable: null,
    })
  })
})

test.each(['deprovision', 'forget'] as const)(
  'a %s needs no tokens: it succeeds where they do not open',
  async (type) => {
    const id = `${type} without tokens`
    const instance = await records.created(id)
    await changeInstance(records.db, id, { outputsGeneration: 99 })
    const requested =
      type === 'forget' ? records.requests.forget(instance) : records.requests.delete(instance)
    const done = async () => {}
    await attempt(accepted(await requested), { destroy: done, forget: done })
    expect(await records.operations.last(id)).toMatchObject({ type, state: 'succeeded' })
  },
)

test('an attempt that was stopped with its process goes back to the queue, and has not failed', async () => {
  const operation = await records.creation('handed back')
  const stop = new AbortController()
  const apply: Provisioner['apply'] = (_instance, _target, { signal }) => {
    stop.abort()
    return untilAborted(signal)
  }
  await expect(attempt(operation, { apply }, { signal: stop.signal })).rejects.toThrow('it was ended')
  expect(await records.operations.last('handed back')).toMatchObject({ state: 'in progress', failures: 0 })
})

test('an attempt whose operation is ended stops, and is neither failed nor made again', async () => {
  const operation = await records.creation('cancelled')
  const apply: Provisioner['apply'] = async (_instance, _target, { signal }) => {
    await records.requests.cancel(operation, 'stopped by an operator')
    return untilAborted(signal)
  }
  await attempt(operation, { apply })
  expect(await records.operations.last('cancelled')).toMatchObject({
    state: 'failed',
    description: 'stopped by an operator',
  })
})

test('what AWS has made of an update is looked at when it has failed or was cancelled, not when it succeeded', async () => {
  await records.created('looked at')
  const looks: string[] = []
  const update = async (apply: (operation: Operation, signal: AbortSignal) => Promise<Outputs>) => {
    const operation = await records.update('looked at')
    const provisioner: Partial<Provisioner> = {
      apply: (_instance, _target, { signal }) => apply(operation, signal),
      isUsable: async () => true,
    }
    await attempt(operation, provisioner, { looks })
    return operation.id
  }
  await update(async () => anyOutputs)
  const failed = await update(throws(final))
  const cancelled = await update(async (operation, signal) => {
    await records.requests.cancel(operation, 'stopped by an operator')
    return untilAborted(signal)
  })
  expect(looks).toEqual([failed, cancelled])
})

test('an operation takes no longer than its time, which counts from its first attempt', async () => {
  const operation = await records.creation('late')
  await records.begun(operation)
  const startedAt = sql`now() - interval '2 hours'`
  await records.db.update(operations).set({ startedAt }).where(eq(operations.id, operation.id))
  await attempt(operation, { apply: (_instance, _target, { signal }) => untilAborted(signal) })
  expect(await records.operations.last('late')).toMatchObject({
    state: 'failed',
    description: expect.stringMatching(/^It took too long/),
  })
})

describe('an attempt does what was asked for:', () => {
  test('a deletion ends the Redis, and the instance with it', async () => {
    await records.created('deleted')
    const asked: string[] = []
    const destroy: Provisioner['destroy'] = async ({ id }) => void asked.push(id)
    await attempt(await records.deletion('deleted'), { destroy })
    expect(asked).toEqual(['deleted'])
    expect(await records.operations.status('deleted')).toBeUndefined()
    expect(await records.operations.last('deleted')).toMatchObject({ state: 'succeeded' })
  })

  test('who is forgotten keeps the Redis', async () => {
    const result = await records.requests.forget(await records.created('forgotten'))
    if (result.outcome !== 'accepted') throw new Error(result.outcome)
    const asked: string[] = []
    const forget: Provisioner['forget'] = async ({ id }) => void asked.push(id)
    await attempt(result.operation, { forget })
    expect(asked).toEqual(['forgotten'])
    expect(await records.operations.status('forgotten')).toBeUndefined()
  })

  test('a snapshot leaves the instance as it is', async () => {
    const before = await records.created('snapshot')
    const snapshot = { step: 'create' as const, name: 'monday' }
    const asked: unknown[] = []
    const changeSnapshots: Provisioner['changeSnapshots'] = async (_instance, step) => void asked.push(step)
    await attempt(await records.update('snapshot', { snapshot, planId: 'other' }), { changeSnapshots })
    expect(asked).toEqual([snapshot])
    expect(await records.instance('snapshot')).toEqual(before)
    expect(await records.operations.last('snapshot')).toMatchObject({ state: 'succeeded' })
  })

  test('tokens are saved, encrypted, before anything goes on, and known from then on', async () => {
    const operation = await records.creation('tokens')
    const saved = { current: { generation: 1, value: 'of-the-redis' } }
    const seen: unknown[] = []
    const apply = async (_instance: unknown, _target: unknown, at: Attempt) => {
      await at.saveTokens(saved)
      seen.push(at.tokens, openAuthTokens(records.keyRing, await records.instance('tokens')))
      return anyOutputs
    }
    await attempt(operation, { apply })
    expect(seen).toEqual([saved, saved])
  })
})
