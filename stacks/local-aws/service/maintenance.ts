import { readBehaviour } from './behaviour.ts'
import { newerMinorVersion } from './engine-versions.ts'
import { changeGroup, requireAvailable, type Service, startModification } from './service.ts'
import { upgraded } from './settings.ts'

/**
 * The work of AWS in a maintenance window on a group that does not forbid it: it upgrades to the newest minor
 * version. Answers that version; undefined when nothing was done.
 */
export async function upgradeMinorVersion(service: Service, id: string): Promise<string | undefined> {
  const { modificationMilliseconds } = readBehaviour(service.database)
  let engineVersion: string | undefined
  await changeGroup(service, id, (group) => {
    requireAvailable(group)
    engineVersion = group.settings.autoMinorVersionUpgrade
      ? newerMinorVersion(group.settings.engineVersion)
      : undefined
    if (engineVersion === undefined) return
    group.settings = upgraded(service.database, group.settings, { engineVersion })
    startModification(group, modificationMilliseconds)
  })
  return engineVersion
}

/** The daily snapshot, or an update of the service: for so long the group takes no change, and stays as it is. */
export async function keepBusy(
  service: Service,
  id: string,
  status: 'snapshotting' | 'modifying',
  milliseconds: number,
): Promise<void> {
  await changeGroup(service, id, (group) => {
    requireAvailable(group)
    startModification(group, milliseconds, status)
  })
}
