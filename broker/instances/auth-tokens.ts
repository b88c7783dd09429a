import { createHash, randomBytes } from 'node:crypto'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { TokenStrategy } from '../model/token-strategy.ts'
import type { Instance } from './instance.ts'
import { openOutputs } from './outputs.ts'
import { open, type Place, seal } from './sealed.ts'

/** A password of an instance. Generations count up, so that a binding can remember which one it was given. */
export interface AuthToken {
  generation: number
  value: string
}

/** The passwords of an instance. Secret. */
export interface AuthTokens {
  /** The token of new bindings. AWS has it, or gets it with the creation. Absent: nobody but AWS knows the token. */
  current?: AuthToken
  /** The one before, which AWS takes as well until it is retired. Without a value: only others know it. */
  previous?: { generation: number; value?: string }
  /** When `current` took the place of `previous`: ISO 8601. */
  rotatedAt?: string
  /** Which step led here. Asked for once more, by another attempt, it is not taken again. */
  lastStep?: string
  /** A change that AWS may or may not have taken. */
  pending?: PendingChange
  /** SHA-256 of tokens that have ended: whoever brings one back, with an old state, brings nothing that works. */
  ended?: string[]
}

export interface PendingChange {
  step: string
  strategy: TokenStrategy
  token: AuthToken
  /** The time of the token's last change as AWS told it before: another time shows that it took this one. */
  before: string | null
  /** ISO 8601 */
  requestedAt: string
}

/** The columns of an instance that hold its tokens. */
export type SealedTokens = Pick<Instance, 'authTokens' | 'authTokensGeneration'>

/**
 * An instance's next tokens as they are stored: encrypted, and of no use in another instance's place or in that of
 * later ones.
 */
export function sealAuthTokens(keyRing: KeyRing, instance: Instance, tokens: AuthTokens): SealedTokens {
  const next = { ...instance, authTokensGeneration: instance.authTokensGeneration + 1 }
  return { authTokens: seal(keyRing, placeOf(next), tokens), authTokensGeneration: next.authTokensGeneration }
}

/** The tokens of an instance, as far as they are known; none before its creation. */
export function openAuthTokens(keyRing: KeyRing, instance: Instance): AuthTokens {
  if (instance.authTokens) return open<AuthTokens>(keyRing, placeOf(instance), instance.authTokens)
  const value = openOutputs(keyRing, instance)?.password
  return value === undefined ? {} : { current: { generation: 1, value } }
}

/** 64 hexadecimal characters: AWS takes 16 to 128 of them. */
export function newAuthToken(tokens: AuthTokens): AuthToken {
  const generation = Math.max(tokens.current?.generation ?? 0, tokens.previous?.generation ?? 0) + 1
  return { generation, value: randomBytes(32).toString('hex') }
}

/**
 * The tokens once it shows whether AWS has taken a change that was under way.
 * @param changedAt what AWS tells as the time of the token's last change, of a group that is at rest
 */
export function settled(tokens: AuthTokens, changedAt: string | null): AuthTokens {
  const { pending } = tokens
  return pending && pending.before !== changedAt ? taken(tokens) : tokens
}

/** The tokens once AWS has taken the change that was under way. */
export function taken(tokens: AuthTokens): AuthTokens {
  const { pending, previous, current, ended = [] } = tokens
  if (!pending) return tokens
  const over = previous?.value === undefined ? ended : [...ended, fingerprint(previous.value)]
  const after = {
    current: pending.token,
    lastStep: pending.step,
    ...(over.length > 0 ? { ended: over } : {}),
  }
  if (pending.strategy === 'SET') return after
  return { ...after, previous: current ?? { generation: 0 }, rotatedAt: pending.requestedAt }
}

/** The tokens of a group that was made anew: it knows no other one. */
export function remade({ current, previous, ended = [] }: AuthTokens, value: string): AuthTokens {
  const over = [current?.value, previous?.value].flatMap((old) =>
    old === undefined || old === value ? [] : [fingerprint(old)],
  )
  const token = current?.value === value ? current : newAuthToken({ ...(current ? { current } : {}) })
  return { current: { ...token, value }, ended: [...ended, ...over] }
}

/** Whether a token is one that this instance has, has had, or is about to have. */
export function isKnown({ current, previous, pending, ended = [] }: AuthTokens, value: string): boolean {
  const live = [current?.value, previous?.value, pending?.token.value]
  return live.includes(value) || ended.includes(fingerprint(value))
}

/** The password that a binding is answered with: the one that it was given as long as that works, then the current one. */
export function tokenOf({ current, previous }: AuthTokens, generation: number): string | undefined {
  return previous?.generation === generation && previous.value !== undefined ? previous.value : current?.value
}

function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

function placeOf({ stack, authTokensGeneration: generation }: Instance): Place {
  return { kind: 'auth tokens', stack, generation }
}
