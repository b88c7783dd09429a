import { freeAddresses } from '../addresses.ts'
import { readBehaviour, takeCreationFailure } from '../behaviour.ts'
import { transaction } from '../database.ts'
import { Fault } from '../faults.ts'
import { withLock } from '../lock.ts'
import { newGroup } from '../new-group.ts'
import { checkZones } from '../node-group.ts'
import { reconcile } from '../reconcile.ts'
import { findGroup, type GroupRecord, listGroups, nodeId, saveGroup, takenAddresses } from '../records.ts'
import type { Service } from '../service.ts'
import { checkNodeCount, checkSettings } from '../settings.ts'
import type { CreateReplicationGroupRequest } from '../types.ts'
import { requireRestorable } from './snapshots.ts'

/** AWS's default quota for a region. */
const NODE_QUOTA = 300

/**
 * Refusals come as faults. What fails later, such as a port that is taken, leaves the group `create-failed`,
 * as on AWS: it has to be deleted.
 */
export async function createReplicationGroup(
  { directory, database }: Service,
  request: CreateReplicationGroupRequest,
): Promise<void> {
  const group = newGroup(database, request)
  if (group.snapshotName) {
    const from = requireRestorable({ directory, database }, group.snapshotName, group.settings.engineVersion)
    // AWS copies them.
    group.tags = { ...from.tags, ...group.tags }
  }
  const count = request.numCacheClusters ?? 1 + (request.replicasPerNodeGroup ?? 0)
  checkNodeCount(count)
  checkSettings(database, group.settings, count)
  checkZones(group, count)

  await withLock(directory, group.id, async () => {
    await reconcile(database, directory, group.id)
    refuseExisting(findGroup(database, group.id))
    let problem: unknown
    const failure = takeCreationFailure(database)
    const addresses = await freeAddresses(failure ? 0 : count, group.port, takenAddresses(database)).catch(
      (error: unknown) => {
        problem = error
        return []
      },
    )

    transaction(database, () => {
      const others = listGroups(database)
      const nodes = others.reduce((sum, other) => sum + other.nodes.length, 0)
      if (nodes + count > NODE_QUOTA) {
        throw new Fault(
          'NodeQuotaForCustomerExceeded',
          `The request cannot be processed because it would exceed the quota of ${NODE_QUOTA} nodes.`,
        )
      }
      group.busyUntil = Date.now() + readBehaviour(database).creationMilliseconds
      group.nodes = addresses.map((address, i) => ({ id: nodeId(group.id, i + 1), address, wanted: 'start' }))
      if (problem) {
        group.status = 'create-failed'
        group.statusReason = problem instanceof Error ? problem.message : String(problem)
      }
      if (failure) group.creationFailure = failure.reason ?? `There is no room for ${count} nodes.`
      saveGroup(database, group)
    })
    await reconcile(database, directory, group.id)
  })
}

function refuseExisting(existing: GroupRecord | undefined): void {
  if (!existing) return
  throw new Fault('ReplicationGroupAlreadyExists', `Replication group ${existing.id} already exists.`)
}
