import { setTimeout as sleep } from 'node:timers/promises'
import { type AuthTokens, isKnown, newAuthToken, remade, settled, taken } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import type { OperationTarget, RotationStep } from '../model/operation.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { TokenStrategy } from '../model/token-strategy.ts'
import type { Platform, ReplicationGroup } from '../platform/platform.ts'
import type { Attempt } from './provisioner.ts'
import { groupAtRest } from './replication-group.ts'

/** One change of a group's token. Taken once, whatever number of attempts it needs. */
interface Step {
  id: string
  strategy: TokenStrategy
}

/** How often a group that is at rest is looked at again, until it tells of a change that AWS has accepted. */
const looks = 3

const strategies: Record<RotationStep['step'], TokenStrategy> = { rotate: 'ROTATE', retire: 'SET' }

const phases: Record<TokenStrategy, string> = {
  ROTATE: 'making new credentials',
  SET: 'ending the old credentials',
}

export interface TokensRequest {
  platform: Platform
  instance: Instance
  target: OperationTarget
  /** At rest; undefined when there is none (any more). */
  group: ReplicationGroup | undefined
  /** The token that the state has. */
  known: string | undefined
  attempt: Pick<Attempt, 'signal' | 'phase' | 'tokens' | 'saveTokens'>
}

/**
 * The tokens that the group has, or will have once it is created. A new one is saved before anything is started that
 * could use it.
 */
export async function settleTokens({
  group,
  known,
  attempt,
  ...request
}: TokensRequest): Promise<AuthTokens> {
  if (!group) {
    const { value } = attempt.tokens.current ?? newAuthToken(attempt.tokens)
    await attempt.saveTokens(remade(attempt.tokens, value))
    return attempt.tokens
  }
  // Of a group that an operator's own deploy has made anew: nobody else knows it.
  if (attempt.tokens.current && known && !isKnown(attempt.tokens, known)) {
    await attempt.saveTokens(remade(attempt.tokens, known))
  }
  const { instance, target, platform } = request
  const alone = instance.outputs === null && instance.adoptedGroup === null
  return changeTokens(platform, group, target, alone, attempt)
}

/**
 * Brings the tokens of a group that exists to where the operation wants them: by calls of the broker's own, since
 * Terraform can't tell whether AWS has taken a change that was interrupted, and sends it anew or never again. The time
 * of the token's last change tells it.
 *
 * AWS takes SET only after a ROTATE, with the token of that ROTATE. So a token that nobody knows is never replaced at
 * once: a new one comes beside it, and then, where no application can have the old one, stays alone.
 *
 * @param group at rest
 * @param alone whether no application can have a former token: the instance was never created to its end
 */
async function changeTokens(
  platform: Platform,
  group: ReplicationGroup,
  { rotation }: OperationTarget,
  alone: boolean,
  attempt: TokensRequest['attempt'],
): Promise<AuthTokens> {
  const before = attempt.tokens
  let tokens = settled(before, group.tokenChangedAt)
  if (tokens !== before) {
    // What an earlier operation was stopped in is what this one was sent for.
    if (rotation && before.pending?.strategy === strategies[rotation.step]) {
      tokens = { ...tokens, lastStep: rotation.id }
    }
    await attempt.saveTokens(tokens)
  }
  let current = group
  for (let step = nextStep(tokens); step; step = nextStep(tokens)) {
    tokens = await take(step)
  }
  return tokens

  function nextStep({ current: known, previous, lastStep }: AuthTokens): Step | undefined {
    if (!known) return { id: 'take over', strategy: 'ROTATE' }
    if (alone && previous) return { id: 'take over alone', strategy: 'SET' }
    if (!rotation || lastStep === rotation.id) return undefined
    const strategy = strategies[rotation.step]
    if (strategy === 'SET' && !previous) return undefined
    if (strategy === 'ROTATE' && previous && !rotation.force) throw notRetired()
    return { id: rotation.id, strategy }
  }

  async function take({ id, strategy }: Step): Promise<AuthTokens> {
    const repeated = tokens.pending?.step === id ? tokens.pending : undefined
    const same = strategy === 'SET' ? tokens.current : repeated?.token
    const pending = {
      step: id,
      strategy,
      token: same ?? newAuthToken(tokens),
      before: current.tokenChangedAt,
      requestedAt: repeated?.requestedAt ?? new Date().toISOString(),
    }
    // Saved before AWS hears of it: whatever dies from here on, nobody loses a token that works.
    await attempt.saveTokens({ ...tokens, pending })
    await attempt.phase(phases[strategy])
    await platform.changeToken(current.id, pending.token.value, strategy, attempt.signal)
    current = await afterChange(pending.before)
    const after = taken({ ...tokens, pending })
    await attempt.saveTokens(after)
    return after
  }

  /** AWS may take a moment until a group shows that it is being changed. */
  async function afterChange(changedBefore: string | null): Promise<ReplicationGroup> {
    for (let look = 1; ; look++) {
      const found = await groupAtRest(platform, group.id, attempt)
      if (!found)
        throw new ProvisionFailure('The Redis is gone', `${group.id} was deleted meanwhile`, {
          transient: true,
        })
      const shows = found.tokenChangedAt !== changedBefore && !found.tokenChanging
      if (shows || look >= looks) return found
      await sleep(platform.pollInterval, undefined, { signal: attempt.signal })
    }
  }
}

function notRetired(): ProvisionFailure {
  return new ProvisionFailure(
    'The credentials from before the last rotation still work, and another rotation would end them',
    'The instance has two tokens, and the request did not say force.',
    { advice: 'Retire them first, or send "force": true beside "rotateCredentials".' },
  )
}
