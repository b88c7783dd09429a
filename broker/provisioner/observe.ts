import { versionOf } from '../model/engine-versions.ts'
import type { Platform } from '../platform/platform.ts'
import type { Observation } from './provisioner.ts'

/** How AWS has a group, unless AWS is busy with it or it is gone. @param id of the group */
export async function observe(platform: Platform, id: string): Promise<Observation | 'busy' | 'gone'> {
  const group = await platform.replicationGroup(id)
  if (!group) return 'gone'
  if (group.status !== 'available') return 'busy'
  const engineVersion = versionOf((await platform.engineVersion(group)) ?? '')
  return {
    ...(engineVersion ? { engineVersion } : {}),
    nodeType: group.nodeType,
    nodes: group.members.length,
    tokenChangedAt: group.tokenChangedAt,
  }
}

/** Whether applications can use a group. @param id of the group */
export async function isUsable(platform: Platform, id: string): Promise<boolean> {
  const group = await platform.replicationGroup(id)
  return group !== undefined && ['available', 'modifying', 'snapshotting'].includes(group.status)
}
