import type { DatabaseSync } from 'node:sqlite'
import { ACCOUNT } from './account.ts'
import { engineVersionOf, FAMILIES, type Family } from './engine-versions.ts'
import { Fault } from './faults.ts'
import type { Tags } from './types.ts'

/** A parameter group, AWS's own or somebody's. */
export interface ParameterGroup {
  name: string
  family: Family
  description: string
  region: string
  /** The values that differ from AWS's own. */
  values: Record<string, string>
  tags: Tags
}

const DEFAULT = 'default.'

/** AWS's own groups are in every region. */
function defaultGroup(name: string): ParameterGroup | undefined {
  const family = FAMILIES.find((one) => name === DEFAULT + one)
  if (!family) return undefined
  return {
    name,
    family,
    description: `Default parameter group for ${family}`,
    region: '',
    values: {},
    tags: {},
  }
}

export function isDefault(name: string): boolean {
  return name.startsWith(DEFAULT)
}

export function findParameterGroup(database: DatabaseSync, name: string): ParameterGroup | undefined {
  const row = database.prepare('SELECT record FROM parameter_group WHERE name = ?').get(name.toLowerCase())
  return row ? JSON.parse(String(row.record)) : defaultGroup(name)
}

export function getParameterGroup(database: DatabaseSync, name: string): ParameterGroup {
  const group = findParameterGroup(database, name)
  if (!group) throw new Fault('CacheParameterGroupNotFound', `CacheParameterGroup ${name} not found.`)
  return group
}

/** AWS's own first. */
export function listParameterGroups(database: DatabaseSync): ParameterGroup[] {
  const rows = database.prepare('SELECT record FROM parameter_group ORDER BY name').all()
  const own = FAMILIES.flatMap((family) => defaultGroup(DEFAULT + family) ?? [])
  return [...own, ...rows.map(({ record }) => JSON.parse(String(record)))]
}

export function saveParameterGroup(database: DatabaseSync, group: ParameterGroup): void {
  database
    .prepare('INSERT INTO parameter_group VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record')
    .run(group.name, JSON.stringify(group))
}

export function removeParameterGroup(database: DatabaseSync, name: string): void {
  database.prepare('DELETE FROM parameter_group WHERE name = ?').run(name)
}

/** @param region of who asks, for AWS's own groups */
export function parameterGroupArn(
  { name, region }: Pick<ParameterGroup, 'name' | 'region'>,
  asked = region,
): string {
  return `arn:aws:elasticache:${region || asked}:${ACCOUNT}:parametergroup:${name}`
}

/** The group that a version gets by itself, or the checked one that was asked for. */
export function parameterGroupFor(
  database: DatabaseSync,
  version: string,
  asked: string | undefined,
): string {
  const { family } = engineVersionOf(version)
  if (asked === undefined) return DEFAULT + family
  const group = getParameterGroup(database, asked)
  if (group.family === family) return group.name
  throw new Fault(
    'InvalidParameterCombination',
    `Expected a parameter group of family ${family} but found one of family ${group.family}`,
  )
}
