/**
 * Redis versions that ElastiCache knows, oldest first, with the day its standard support ends.
 * 5.x is asked for as 5.0.6 exactly; 6.x and 7.x by major and minor number.
 */
export const engineVersions = [
  { version: '5.0.6', supportEnds: '2026-01-31' },
  { version: '6.0', supportEnds: '2027-01-31' },
  { version: '6.2', supportEnds: '2027-01-31' },
  { version: '7.0' },
  { version: '7.1' },
] as const satisfies { version: string; supportEnds?: string }[]

/** Of parameter groups: each belongs to one family. */
export function parameterGroupFamily(version: EngineVersion): string {
  const [major] = version.split('.')
  if (major === '5') return 'redis5.0'
  return major === '6' ? 'redis6.x' : `redis${major}`
}

export type EngineVersion = (typeof engineVersions)[number]['version']

export const knownVersions: readonly EngineVersion[] = engineVersions.map(({ version }) => version)

/** AWS can't go back to an older version; Terraform would delete the group and its data instead. */
export function isDowngrade(from: EngineVersion, to: EngineVersion): boolean {
  return knownVersions.indexOf(to) < knownVersions.indexOf(from)
}

/** The version that a group is asked for by, out of the full one that it runs: 6.2.6 is 6.2. */
export function versionOf(full: string): EngineVersion | undefined {
  return knownVersions.find((known) => full === known || full.startsWith(`${known}.`))
}

/** The later of two versions. */
export function laterOf(one: EngineVersion, other: EngineVersion | undefined): EngineVersion {
  return other !== undefined && isDowngrade(other, one) ? other : one
}

/** How long before the end of support users are warned. */
const warningDays = 180

/** A sentence for users of a version near or past the end of its support; undefined for the others. */
export function supportWarning(version: EngineVersion, today = new Date()): string | undefined {
  const found = engineVersions.find((known) => known.version === version)
  if (!found || !('supportEnds' in found)) return undefined
  const daysLeft = (Date.parse(found.supportEnds) - today.getTime()) / 86_400_000
  if (daysLeft > warningDays) return undefined
  const when = daysLeft < 0 ? 'ended' : 'ends'
  return `AWS standard support of Redis ${version} ${when} on ${found.supportEnds}: plan the move to a later version.`
}
