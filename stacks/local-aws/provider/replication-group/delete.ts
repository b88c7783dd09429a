import { setTimeout as sleep } from 'node:timers/promises'
import type { Applied } from '../../plugin/provider.ts'
import type { ObjectValue } from '../../plugin/values.ts'
import { readBehaviour } from '../../service/behaviour.ts'
import { isFault } from '../../service/faults.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { text } from './request.ts'
import { timeout } from './timeouts.ts'
import { waitUntilDeleted } from './wait.ts'

/** For so long a group that is busy with something else is asked again. */
const RETRY_MILLISECONDS = 10 * 60_000

/** A failure leaves the group in the state. A group that is gone already counts as deleted. */
export async function remove(context: Context, prior: ObjectValue): Promise<Applied> {
  const id = String(prior.id)
  const finalSnapshotIdentifier = text(prior.final_snapshot_identifier)
  try {
    await calling(`deleting ElastiCache Replication Group (${id})`, 'DeleteReplicationGroup', () =>
      whenPossible(context, () =>
        context.elastiCache.deleteReplicationGroup({
          replicationGroupId: id,
          ...(finalSnapshotIdentifier && { finalSnapshotIdentifier }),
        }),
      ),
    )
    await waitUntilDeleted(context, id, timeout(prior, 'delete'))
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (!isFault(cause, 'ReplicationGroupNotFoundFault')) return { state: prior, error }
  }
  return { state: null }
}

async function whenPossible(context: Context, call: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + RETRY_MILLISECONDS
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const busy = isFault(error, 'InvalidReplicationGroupState')
      if (!busy || Date.now() > deadline || context.interrupted.aborted) throw error
    }
    await sleep(readBehaviour(context.elastiCache.service.database).pollMilliseconds)
  }
}
