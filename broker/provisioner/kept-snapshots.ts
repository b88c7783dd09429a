import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import { brokerTags, placeTags } from './naming.ts'
import type { Attempt } from './provisioner.ts'
import { hasTags } from './replication-group.ts'
import { lastSnapshot, namesOf, shownName } from './snapshot-names.ts'
import { atRest, type SnapshotsContext } from './snapshots.ts'

/** The tag that tells when the snapshot of a deleted instance goes: ISO 8601. */
const keepTag = 'Keep until'

/** The tag that tells when a broker saw first that this time was over: ISO 8601. */
const overTag = 'Over since'

const dayMs = 86_400_000

/** A name for the last snapshot that AWS does not have yet: an earlier attempt or deletion may have taken one. */
export async function lastSnapshotName(
  { naming, platform }: SnapshotsContext,
  instance: Instance,
  attempt: Attempt,
): Promise<string> {
  const names = namesOf(naming, instance.stack)
  const first = names.aws(`${lastSnapshot}-${attempt.operationId.slice(0, 8)}`)
  for (let number = 1; ; number++) {
    const name = number === 1 ? first : `${first}-${number}`
    if ((await platform.snapshots({ name }, attempt.signal)).length === 0) return name
  }
}

/**
 * Notes on all snapshots of an instance that is deleted until when they are kept: its users can't delete them any more.
 * To be called once the group is gone.
 */
export async function keepForNow(
  { naming, platform }: SnapshotsContext,
  instance: Instance,
  days: number,
  attempt: Attempt,
): Promise<void> {
  const { isOwn } = namesOf(naming, instance.stack)
  const own = (await platform.snapshots({ automated: false }, attempt.signal)).filter(isOwn)
  const until = { [keepTag]: new Date(Date.now() + days * dayMs).toISOString() }
  for (const { name } of own) {
    const snapshot = await atRest(platform, name, attempt)
    if (snapshot?.status !== 'available') continue
    const tags = await platform.tags(snapshot, attempt.signal)
    // Noted by an earlier attempt, or at the end of an earlier instance of the same id.
    if (tags?.[keepTag]) continue
    await platform.addTags(snapshot, { ...placeTags(naming, instance), ...until }, attempt.signal)
  }
}

/**
 * Deletes the snapshots of deleted instances whose time is over, when that was seen a day before as well: a clock that is
 * ahead for a while must not delete what nobody can bring back. One that AWS keeps does not keep the others.
 */
export async function removeExpired(
  { naming, platform, log }: SnapshotsContext & { log: Log },
  signal: AbortSignal,
): Promise<void> {
  const named = (await platform.snapshots({ automated: false }, signal)).filter(
    (snapshot) => shownName(naming, snapshot) !== undefined && snapshot.status === 'available',
  )
  for (const snapshot of named) {
    try {
      const tags = await platform.tags(snapshot, signal)
      const until = tags && hasTags(tags, brokerTags(naming)) ? tags[keepTag] : undefined
      if (until === undefined || Date.parse(until) > Date.now()) continue
      const overFor = Date.now() - Date.parse(tags?.[overTag] ?? '')
      if (overFor >= dayMs) {
        await platform.deleteSnapshot(snapshot.name, signal)
        log.info({ snapshot: snapshot.name, until }, 'a snapshot of a deleted instance was removed')
      } else if (!(overFor >= 0)) {
        // Not seen yet, or by a clock that was ahead.
        await platform.addTags(snapshot, { [overTag]: new Date().toISOString() }, signal)
      }
    } catch (err) {
      signal.throwIfAborted()
      log.warn({ err, snapshot: snapshot.name }, 'removing the snapshot of a deleted instance failed')
    }
    // AWS takes few calls a second for all of an account.
    await sleep(100, undefined, { signal })
  }
}
