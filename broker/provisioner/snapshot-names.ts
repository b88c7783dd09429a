import { stackName } from '../instances/instance.ts'
import type { Snapshot } from '../platform/platform.ts'
import type { Naming } from './naming.ts'

/** AWS wants one name for the whole account and region: that of the stack stands before the one that users give. */
export function namesOf({ prefix }: Naming, stack: string) {
  const before = `${prefix}${stack}-`
  return {
    /** @param name as users give it */
    aws: (name: string) => before + name,
    /** The name that users see: the whole name of a snapshot that an operator or AWS has named. */
    shown: ({ name }: Pick<Snapshot, 'name'>) => (name.startsWith(before) ? name.slice(before.length) : name),
    isOwn: ({ name }: Pick<Snapshot, 'name'>) => name.startsWith(before),
  }
}

const stackLength = stackName('').length

/** The name that users have for a snapshot, of whatever stack; undefined for one that no broker with this prefix has named. */
export function shownName({ prefix }: Naming, { name }: Pick<Snapshot, 'name'>): string | undefined {
  const end = prefix.length + stackLength
  return name.startsWith(prefix) && name[end] === '-' ? name.slice(end + 1) : undefined
}

/** How the name of a last snapshot begins. */
export const lastSnapshot = 'final'
