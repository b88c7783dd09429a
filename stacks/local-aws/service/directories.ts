import { join } from 'node:path'

/** All that belongs to a group, a directory for each node. */
export function groupDirectory(directory: string, groupId: string): string {
  return join(directory, 'groups', groupId)
}

export function nodeDirectory(directory: string, groupId: string, nodeId: string): string {
  return join(groupDirectory(directory, groupId), nodeId)
}
