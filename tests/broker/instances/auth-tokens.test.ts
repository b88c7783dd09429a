import { describe, expect, test } from 'vitest'
import {
  type AuthTokens,
  isKnown,
  newAuthToken,
  openAuthTokens,
  remade,
  sealAuthTokens,
  settled,
  taken,
  tokenOf,
} from '../../../broker/instances/auth-tokens.ts'
import { openOutputs, sealOutputs } from '../../../broker/instances/outputs.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { anyInstance, anyOutputs } from '../../support/records.ts'

const keyRing = KeyRing.parse(KeyRing.newEntry('key'))
const [first, second, third] = [1, 2, 3].map((generation) => ({
  generation,
  value: `token-${generation}`,
})) as [
  { generation: number; value: string },
  { generation: number; value: string },
  { generation: number; value: string },
]
const time = '2026-01-01T00:00:00Z'
const pendingOf = (strategy: 'ROTATE' | 'SET', token: typeof first) =>
  ({ step: 'a step', strategy, token, before: 'before', requestedAt: time }) as const

describe('what is sealed', () => {
  const one = anyInstance('one')
  const tokens = { current: first }
  const sealed = { ...one, ...sealAuthTokens(keyRing, one, tokens) }

  test('opens in its own place', () => {
    expect(openAuthTokens(keyRing, sealed)).toEqual(tokens)
    expect(openAuthTokens(keyRing, one)).toEqual({})
  })

  test.each([
    [
      "another instance's",
      { ...anyInstance('other'), authTokens: sealed.authTokens, authTokensGeneration: 1 },
    ],
    ['a later generation', { ...sealed, authTokensGeneration: 2 }],
    ['an earlier generation', { ...sealed, authTokensGeneration: 0 }],
  ])('does not open as %s', (_, elsewhere) => {
    expect(() => openAuthTokens(keyRing, elsewhere)).toThrow('does not open')
  })

  test('is no secret of another kind', () => {
    const { outputs } = sealOutputs(keyRing, one, anyOutputs)
    expect(() => openAuthTokens(keyRing, { ...sealed, authTokens: outputs })).toThrow('does not open')
    expect(() => openOutputs(keyRing, { ...one, outputs: sealed.authTokens, outputsGeneration: 1 })).toThrow(
      'does not open',
    )
  })

  test('of an instance from before there were tokens, the password is the first one', () => {
    const before = { ...one, ...sealOutputs(keyRing, one, anyOutputs) }
    expect(openAuthTokens(keyRing, before)).toEqual({ current: { generation: 1, value: 'p' } })
  })
})

test('a new token is like no other, and its generation above all others', () => {
  expect(newAuthToken({}).generation).toBe(1)
  expect(newAuthToken({ current: third, previous: first }).generation).toBe(4)
  expect(newAuthToken({ previous: second }).generation).toBe(3)
  const [one, other] = [newAuthToken({}), newAuthToken({})]
  expect(one.value).toMatch(/^[0-9a-f]{64}$/)
  expect(one.value).not.toBe(other.value)
})

test('a change under way is settled by another time of change, and by nothing else', () => {
  const tokens = { current: first, pending: pendingOf('ROTATE', second) }
  expect(settled(tokens, 'before')).toBe(tokens)
  expect(settled(tokens, 'after')).toMatchObject({ current: second })
  expect(settled({ current: first }, 'after')).toEqual({ current: first })
})

test('a rotation keeps the token before beside the new one, and a retirement ends it', () => {
  const rotated = taken({ current: first, pending: pendingOf('ROTATE', second) })
  expect(rotated).toEqual({ current: second, previous: first, rotatedAt: time, lastStep: 'a step' })
  const retired = taken({ ...rotated, pending: pendingOf('SET', second) })
  expect(retired).toEqual({ current: second, lastStep: 'a step', ended: [expect.any(String)] })
  expect(isKnown(retired, first.value)).toBe(true)
  // A second rotation ends the one before the last.
  const again = taken({ ...rotated, pending: pendingOf('ROTATE', third) })
  expect(again).toMatchObject({ current: third, previous: second })
  expect(isKnown(again, first.value)).toBe(true)
})

test('a token is known that an instance has, has had, or is about to have', () => {
  const tokens: AuthTokens = { current: second, previous: first, pending: pendingOf('ROTATE', third) }
  for (const { value } of [first, second, third]) expect(isKnown(tokens, value)).toBe(true)
  expect(isKnown(tokens, 'of-somebody-else')).toBe(false)
})

test('a group that was made anew has one token, and all others have ended', () => {
  const tokens = remade({ current: second, previous: first }, 'new')
  expect(tokens.current).toEqual({ generation: 3, value: 'new' })
  expect(tokens.previous).toBeUndefined()
  for (const { value } of [first, second]) expect(isKnown(tokens, value)).toBe(true)
  expect(remade({ current: second, previous: first }, second.value).current).toEqual(second)
})

test('a binding has the token that it was given while that works, and then the current one', () => {
  expect(tokenOf({ current: second, previous: first }, 1)).toBe(first.value)
  expect(tokenOf({ current: second, previous: first }, 2)).toBe(second.value)
  expect(tokenOf({ current: second }, 1)).toBe(second.value)
  expect(tokenOf({ current: second, previous: { generation: 1 } }, 1)).toBe(second.value)
})
