import { Fault } from './faults.ts'

export type Engine = 'redis' | 'valkey'

interface EngineVersion {
  engine: Engine
  /** The version that AWS reports as running. */
  actual: string
  family: Family
}

export type Family = 'redis5.0' | 'redis6.x' | 'redis7' | 'valkey7' | 'valkey8'

/** No number is of both engines: Redis ends with 7.1 on AWS. */
const engineVersions: Record<string, EngineVersion> = {
  '5.0.6': { engine: 'redis', actual: '5.0.6', family: 'redis5.0' },
  '6.0': { engine: 'redis', actual: '6.0.5', family: 'redis6.x' },
  '6.2': { engine: 'redis', actual: '6.2.6', family: 'redis6.x' },
  '6.x': { engine: 'redis', actual: '6.2.6', family: 'redis6.x' },
  '7.0': { engine: 'redis', actual: '7.0.7', family: 'redis7' },
  '7.1': { engine: 'redis', actual: '7.1.0', family: 'redis7' },
  '7.2': { engine: 'valkey', actual: '7.2.6', family: 'valkey7' },
  '8.0': { engine: 'valkey', actual: '8.0.1', family: 'valkey8' },
  '8.1': { engine: 'valkey', actual: '8.1.0', family: 'valkey8' },
}

/** Of the parameter groups that are there from the start. */
export const FAMILIES = [...new Set(Object.values(engineVersions).map(({ family }) => family))]

export const DEFAULT_ENGINE_VERSIONS: Record<Engine, string> = { redis: '7.1', valkey: '8.0' }

/**
 * @param version as it is asked for: AWS takes no patch level
 * @param engine the one that it has to be of
 * @throws Fault when there is none
 */
export function engineVersionOf(version: string, engine?: string): EngineVersion {
  const found = engineVersions[version]
  if (!found || (engine !== undefined && found.engine !== engine.toLowerCase())) {
    throw new Fault('InvalidParameterCombination', `Cannot find version ${version} for ${engine ?? 'redis'}`)
  }
  return found
}

/** @param actual in full, as a snapshot has it */
export function runningVersionOf(actual: string): EngineVersion {
  const found = Object.values(engineVersions).find((version) => version.actual === actual)
  return found ?? engineVersionOf(actual)
}

/** The newest version with the same major version, unless it is the given one that runs already. */
export function newerMinorVersion(version: string): string | undefined {
  const { actual, engine } = engineVersionOf(version)
  const [newest] = Object.entries(engineVersions)
    .filter(([name, one]) => one.engine === engine && name.split('.')[0] === actual.split('.')[0])
    .toSorted(([, a], [, b]) => compareVersions(b.actual, a.actual))
  return newest && compareVersions(newest[1].actual, actual) > 0 ? newest[0] : undefined
}

/** Negative when `a` is the older of two full versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  return left.map((part, i) => part - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0
}
