import { Fault } from './faults.ts'

interface EngineVersion {
  /** What AWS reports as running. */
  actual: string
  family: Family
}

export type Family = 'redis5.0' | 'redis6.x' | 'redis7'

const engineVersions: Record<string, EngineVersion> = {
  '5.0.6': { actual: '5.0.6', family: 'redis5.0' },
  '6.0': { actual: '6.0.5', family: 'redis6.x' },
  '6.2': { actual: '6.2.6', family: 'redis6.x' },
  '6.x': { actual: '6.2.6', family: 'redis6.x' },
  '7.0': { actual: '7.0.7', family: 'redis7' },
  '7.1': { actual: '7.1.0', family: 'redis7' },
}

/** Of the parameter groups that are there from the start. */
export const FAMILIES = [...new Set(Object.values(engineVersions).map(({ family }) => family))]

export const DEFAULT_ENGINE_VERSION = '7.1'

export function engineVersionOf(version: string): EngineVersion {
  const found = engineVersions[version]
  if (!found) throw new Fault('InvalidParameterCombination', `Cannot find version ${version} for redis`)
  return found
}

/** The newest version with the same major version, unless it is the given one that runs already. */
export function newerMinorVersion(version: string): string | undefined {
  const { actual } = engineVersionOf(version)
  const [newest] = Object.entries(engineVersions)
    .filter(([name]) => name.split('.')[0] === actual.split('.')[0])
    .toSorted(([, a], [, b]) => compareVersions(b.actual, a.actual))
  return newest && compareVersions(newest[1].actual, actual) > 0 ? newest[0] : undefined
}

/** Negative when `a` is the older of two full versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  return left.map((part, i) => part - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0
}
