import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StateBackend } from '../../state-backend/index.ts'
import { bytesOf, clientOf, OPERATOR, state } from '../support/state-client.ts'
import { openBackend } from './backend.ts'
import { DATABASES, type TestDatabase } from './databases.ts'
import { Rules } from './rules.ts'

// Few of each, so that they meet.
const by = fc.constantFrom('operator', 'a/1', 'a/2', 'a/3')
const lock = fc.oneof(
  { weight: 4, arbitrary: fc.constant('L1') },
  { weight: 1, arbitrary: fc.constant('L2') },
)
const serial = fc.integer({ min: 1, max: 6 })
const content = fc.constantFrom('one', 'other')
const lineage = fc.oneof(
  { weight: 9, arbitrary: fc.constant('A') },
  { weight: 1, arbitrary: fc.constant('B') },
)

const request = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('lock' as const), by, lock }) },
  fc.record({ does: fc.constant('unlock' as const), by, lock }),
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('post' as const), by, lock, serial, content, lineage }),
  },
  fc.record({ does: fc.constant('delete' as const), by }),
  fc.record({ does: fc.constant('force' as const), by }),
  fc.record({ does: fc.constant('grant' as const), by }),
  fc.record({ does: fc.constant('revoke' as const), by }),
)
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

describe.each(DATABASES)('Any requests in any order on $name', ({ start }) => {
  let database: TestDatabase
  let backend: StateBackend
  beforeAll(async () => {
    database = await start()
    backend = await openBackend(database.db, { versionsKept: 2 })
  })
  afterAll(() => database?.stop())

  test('are answered by the rules, and leave what the rules leave', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 10, maxLength: 30 }), async (requests) => {
        const stack = `stack-${runs++}`
        const rules = new Rules()
        const clients = new Map([['operator', clientOf(backend.app, stack, OPERATOR)]])
        for (const one of requests) {
          const asked = await answer(stack, clients, one, rules)
          if (asked) expect(asked.status).toBe(asked.expected)
          expect(await backend.read(stack)).toEqual(rules.current)
          expect((await backend.lockHolder(stack))?.info.ID).toBe(rules.lock?.id)
          expect((await backend.versions(stack)).map(({ version }) => version)).toEqual(rules.kept(2))
        }
      }),
      { numRuns: 30 },
    )
  })

  async function answer(
    stack: string,
    clients: Map<string, ReturnType<typeof clientOf>>,
    one: Request,
    rules: Rules,
  ) {
    if (one.does === 'grant' || one.does === 'revoke') {
      if (one.by === 'operator') return
      if (one.does === 'revoke') {
        await backend.revoke(one.by)
        return void rules.revoke(one.by)
      }
      const granted = backend.grant({ stack, attempt: one.by, access: 'write', holder: one.by })
      const credentials = await granted.catch(() => undefined)
      expect(credentials !== undefined).toBe(rules.grant(one.by))
      if (credentials) clients.set(one.by, clientOf(backend.app, stack, credentials))
      return
    }
    const client = clients.get(one.by)
    if (!client) return
    switch (one.does) {
      case 'lock':
        return { status: (await client.lock(one.lock)).status, expected: rules.take(one.by, one.lock) }
      case 'unlock':
        return { status: (await client.unlock(one.lock)).status, expected: rules.give(one.by, one.lock) }
      case 'force':
        return { status: (await client.forceUnlock()).status, expected: rules.give(one.by) }
      case 'delete':
        return { status: (await client.delete()).status, expected: rules.delete(one.by) }
      case 'post': {
        const body = state(one.serial, { lineage: one.lineage, content: one.content })
        const { status } = await client.post(bytesOf(body), one.lock)
        return { status, expected: rules.post(one.by, one.lock, body) }
      }
    }
  }
})
