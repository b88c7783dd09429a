import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuthTokens } from '../../../broker/instances/auth-tokens.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import type { RotationStep } from '../../../broker/model/operation.ts'
import type { TokenStrategy } from '../../../broker/model/token-strategy.ts'
import type { Platform, ReplicationGroup } from '../../../broker/platform/platform.ts'
import { settleTokens } from '../../../broker/provisioner/auth-tokens.ts'
import { anyTarget } from '../../support/target.ts'

class Crash extends Error {}

/** AWS's rule for tokens, and a broker that can die before and after each thing it does. */
class World {
  /** The newest first. */
  valid: string[] = []
  rotated: string | undefined
  changes = 0
  saved: AuthTokens = {}
  /** How many looks still find AWS at the change that it has accepted. */
  changing = 0
  /** Things that are done until the next crash. */
  left = Number.POSITIVE_INFINITY

  step(): void {
    if (this.left-- <= 0) throw new Crash()
  }

  platform = {
    pollInterval: 0,
    replicationGroup: async () => this.group(this.changing > 0 && this.changing-- > 0),
    changeToken: async (_id: string, token: string, strategy: TokenStrategy) => {
      this.step()
      if (strategy === 'SET') {
        expect(token).toBe(this.rotated)
        this.valid = [token]
      } else {
        expect(this.valid).not.toContain(token)
        this.valid = [token, ...this.valid].slice(0, 2)
        this.rotated = token
      }
      this.changes++
      this.step()
    },
  } as Partial<Platform> as Platform

  group(tokenChanging = false): ReplicationGroup | undefined {
    if (this.valid.length === 0) return undefined
    return {
      id: 'cf-1',
      status: 'available',
      tokenChangedAt: String(this.changes),
      tokenChanging,
    } as ReplicationGroup
  }

  /** @param more of the instance, and the token that the state has */
  async attempt(
    created: boolean,
    rotation?: RotationStep,
    { adoptedGroup = null, known }: { adoptedGroup?: string | null; known?: string } = {},
  ): Promise<void> {
    const world = this
    const attempt = {
      signal: new AbortController().signal,
      phase: async () => world.step(),
      get tokens() {
        return world.saved
      },
      async saveTokens(tokens: AuthTokens) {
        world.step()
        world.saved = structuredClone(tokens)
        world.step()
      },
    }
    const target = { ...anyTarget, ...(rotation ? { rotation } : {}) }
    const given = { id: 'i', serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
    const instance = {
      ...newInstance(given, target),
      outputs: created ? new Uint8Array() : null,
      adoptedGroup,
    }
    const { platform } = this
    await settleTokens({ platform, instance, target, group: this.group(), known, attempt })
  }

  /** As the queue does: again and again, with deaths in between. */
  async operation(created: boolean, deaths: number[], rotation?: RotationStep): Promise<void> {
    for (const death of [...deaths, Number.POSITIVE_INFINITY]) {
      this.left = death
      try {
        return await this.attempt(created, rotation)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
  }

  expectTruth(): void {
    expect(this.saved.current?.value).toBe(this.valid[0])
    if (this.saved.previous?.value) expect(this.valid).toContain(this.saved.previous.value)
    expect(this.saved.pending).toBeUndefined()
  }
}

const deaths = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 4 })

test('wherever the broker dies in a rotation, it hands out what AWS has, and AWS was asked once for each step', async () => {
  await fc.assert(
    fc.asyncProperty(deaths, deaths, async (first, second) => {
      const world = new World()
      world.valid = ['the-first']
      world.saved = { current: { generation: 1, value: 'the-first' } }
      await world.operation(true, first, { step: 'rotate', id: 'a' })
      world.expectTruth()
      expect(world.changes).toBe(1)
      expect(world.valid).toEqual([world.saved.current?.value, 'the-first'])
      await world.operation(true, second, { step: 'retire', id: 'b' })
      world.expectTruth()
      expect(world.changes).toBe(2)
      expect(world.valid).toHaveLength(1)
    }),
  )
})

test('wherever it dies in taking over a group whose token nobody knows, never a token is set that was not rotated in', async () => {
  await fc.assert(
    fc.asyncProperty(deaths, async (dying) => {
      const world = new World()
      world.valid = ['of-somebody-else']
      await world.operation(false, dying)
      world.expectTruth()
      expect(world.valid).toHaveLength(1)
      expect(world.valid).not.toContain('of-somebody-else')
    }),
  )
})

test('wherever it dies before a creation, the token that is saved is the one that the group gets', async () => {
  await fc.assert(
    fc.asyncProperty(deaths, async (dying) => {
      const world = new World()
      await world.operation(false, dying)
      const token = world.saved.current?.value as string
      world.valid = [token]
      await world.operation(false, [])
      expect(world.changes).toBe(0)
      expect(world.saved.current?.value).toBe(token)
    }),
  )
})

test('a rotation that was cancelled after AWS had taken it ends no credentials when the next one comes', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  // Up to the call: phase and the saving of what is pending come before it.
  world.left = 4
  await expect(world.attempt(true, { step: 'rotate', id: 'cancelled' })).rejects.toThrow(Crash)
  expect(world.changes).toBe(1)
  await world.operation(true, [], { step: 'rotate', id: 'again' })
  world.expectTruth()
  expect(world.changes).toBe(1)
  expect(world.valid).toContain('the-first')
})

test('a rotation that was cancelled after AWS had taken it is no retirement: that is done when it is asked for', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  world.left = 4
  await expect(world.attempt(true, { step: 'rotate', id: 'cancelled' })).rejects.toThrow(Crash)
  await world.operation(true, [], { step: 'retire', id: 'retire' })
  world.expectTruth()
  expect(world.valid).toEqual([world.saved.current?.value])
})

test('a retirement without a rotation before it asks nothing of AWS', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  await world.attempt(true, { step: 'retire', id: 'a' })
  expect(world.changes).toBe(0)
  expect(world.saved.current?.value).toBe('the-first')
})

test('a second rotation is refused while the credentials before the first still work, unless it is forced', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  await world.attempt(true, { step: 'rotate', id: 'a' })
  const before = world.saved
  await expect(world.attempt(true, { step: 'rotate', id: 'b' })).rejects.toThrow(/still work/)
  expect(world.saved).toEqual(before)
  expect(world.valid).toContain('the-first')
  await world.attempt(true, { step: 'rotate', id: 'b', force: true })
  world.expectTruth()
  expect(world.valid).not.toContain('the-first')
})

test('of a group that was adopted the former token works on: applications may have it', async () => {
  const world = new World()
  world.valid = ['of-the-applications']
  await world.attempt(false, undefined, { adoptedGroup: 'legacy' })
  world.expectTruth()
  expect(world.valid).toEqual([world.saved.current?.value, 'of-the-applications'])
})

test("the token of an operator's own deploy, which has made the group anew, is taken from the state", async () => {
  const world = new World()
  world.valid = ['of-the-operator']
  world.saved = { current: { generation: 1, value: 'of-the-group-before' } }
  await world.attempt(true, undefined, { known: 'of-the-operator' })
  world.expectTruth()
  expect(world.changes).toBe(0)
  // One with an old state brings nothing back that has ended.
  await world.attempt(true, undefined, { known: 'of-the-group-before' })
  expect(world.saved.current?.value).toBe('of-the-operator')
})

test('a rotation that is tried again asks for the same token: AWS may have heard of it', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  world.left = 3
  await expect(world.attempt(true, { step: 'rotate', id: 'a' })).rejects.toThrow(Crash)
  const asked = world.saved.pending?.token
  await world.operation(true, [], { step: 'rotate', id: 'a' })
  expect(asked).toBeDefined()
  expect(world.saved.current).toEqual(asked)
})

test('a change of the token that AWS is still at is waited for', async () => {
  const world = new World()
  world.valid = ['the-first']
  world.saved = { current: { generation: 1, value: 'the-first' } }
  world.changing = 2
  await world.attempt(true, { step: 'rotate', id: 'a' })
  expect(world.changing).toBe(0)
})
