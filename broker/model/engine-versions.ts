/**
 * Engine versions that ElastiCache knows, in the order in which a group can be upgraded, with the day its standard
 * support ends. 5.x is asked for as 5.0.6 exactly; later ones by major and minor number. Those of Valkey have the name
 * of the engine before them: it comes after Redis, whose groups can become Valkey and never Redis again. No number is
 * of both: Redis ends with 7.1 on AWS.
 */
const engineVersions = [
  { version: '5.0.6', supportEnds: '2026-01-31' },
  { version: '6.0', supportEnds: '2027-01-31' },
  { version: '6.2', supportEnds: '2027-01-31' },
  { version: '7.0' },
  { version: '7.1' },
  { version: 'valkey:7.2' },
  { version: 'valkey:8.0' },
  { version: 'valkey:8.1' },
] as const satisfies { version: string; supportEnds?: string }[]

export type EngineVersion = (typeof engineVersions)[number]['version']

export const engines = ['redis', 'valkey'] as const
export type Engine = (typeof engines)[number]

const engineNames: Record<Engine, string> = { redis: 'Redis', valkey: 'Valkey' }

export const knownVersions: readonly EngineVersion[] = engineVersions.map(({ version }) => version)

export function engineOf(version: EngineVersion): Engine {
  return version.startsWith('valkey:') ? 'valkey' : 'redis'
}

/** Without the engine: 8.0. */
export function numberOf(version: EngineVersion): string {
  return version.replace('valkey:', '')
}

/** As people read it: Valkey 8.0. */
export function nameOf(version: EngineVersion): string {
  return `${engineNames[engineOf(version)]} ${numberOf(version)}`
}

/** Of parameter groups: each belongs to one family. */
export function parameterGroupFamily(version: EngineVersion): string {
  const [major] = numberOf(version).split('.')
  if (engineOf(version) === 'valkey') return `valkey${major}`
  if (major === '5') return 'redis5.0'
  return major === '6' ? 'redis6.x' : `redis${major}`
}

/** AWS can't go back to an older version; Terraform would delete the group and its data instead. */
export function isDowngrade(from: EngineVersion, to: EngineVersion): boolean {
  return knownVersions.indexOf(to) < knownVersions.indexOf(from)
}

/** The version that a group is asked for by, out of the full one that it runs: 6.2.6 is 6.2. */
export function versionOf(full: string): EngineVersion | undefined {
  return knownVersions.find((known) => full === numberOf(known) || full.startsWith(`${numberOf(known)}.`))
}

/** The later of two versions. */
export function laterOf(one: EngineVersion, other: EngineVersion | undefined): EngineVersion {
  return other !== undefined && isDowngrade(other, one) ? other : one
}

/** How long before the end of support users are warned. */
const warningDays = 180

/**
 * A sentence for users of a version near or past the end of its support; undefined for the others.
 * @param offered those that the instance can move to
 */
export function supportWarning(
  version: EngineVersion,
  today = new Date(),
  offered: readonly EngineVersion[] = [],
): string | undefined {
  const found = engineVersions.find((known) => known.version === version)
  if (!found || !('supportEnds' in found)) return undefined
  const daysLeft = (Date.parse(found.supportEnds) - today.getTime()) / 86_400_000
  if (daysLeft > warningDays) return undefined
  const when = daysLeft < 0 ? 'ended' : 'ends'
  const orValkey = offered.some((one) => engineOf(one) === 'valkey') ? ', or to Valkey' : ''
  return `AWS standard support of ${nameOf(version)} ${when} on ${found.supportEnds}: plan the move to a later version${orValkey}.`
}
