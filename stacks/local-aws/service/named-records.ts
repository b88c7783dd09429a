import type { DatabaseSync } from 'node:sqlite'
import { ACCOUNT } from './account.ts'
import { transaction } from './database.ts'
import type { Tags } from './types.ts'

/** Something of CloudWatch that is kept and told back, and of which nothing else comes on this machine. */
export interface NamedRecord {
  name: string
  region: string
  tags: Tags
  /** Everything else, by the names of the caller. */
  settings: Record<string, unknown>
}

export type RecordKind = 'log-group' | 'alarm'

export function findRecord(
  database: DatabaseSync,
  kind: RecordKind,
  region: string,
  name: string,
): NamedRecord | undefined {
  const row = database
    .prepare('SELECT record FROM named_record WHERE kind = ? AND region = ? AND name = ?')
    .get(kind, region, name)
  return row && JSON.parse(String(row.record))
}

interface Part {
  /** The beginning of their names. */
  prefix?: string
  /** Those whose names come after this one. */
  after?: string
  /** The most of them. */
  limit?: number
}

/** All by default, by their names. */
export function listRecords(
  database: DatabaseSync,
  kind: RecordKind,
  region: string,
  { prefix = '', after = '', limit = -1 }: Part = {},
): NamedRecord[] {
  const rows = database
    .prepare(
      `SELECT record FROM named_record WHERE kind = ? AND region = ? AND name > ? AND name >= ?
        AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?`,
    )
    .all(kind, region, after, prefix, prefix, prefix, limit)
  return rows.map(({ record }) => JSON.parse(String(record)))
}

export function saveRecord(database: DatabaseSync, kind: RecordKind, record: NamedRecord): void {
  transaction(database, () =>
    database
      .prepare(
        'INSERT INTO named_record VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
      )
      .run(kind, record.region, record.name, JSON.stringify(record)),
  )
}

/** @returns whether it was there */
export function removeRecord(
  database: DatabaseSync,
  kind: RecordKind,
  region: string,
  name: string,
): boolean {
  const sql = 'DELETE FROM named_record WHERE kind = ? AND region = ? AND name = ?'
  return transaction(database, () => database.prepare(sql).run(kind, region, name).changes > 0)
}

const prefixes: Record<RecordKind, [service: string, prefix: string]> = {
  'log-group': ['logs', 'log-group:'],
  alarm: ['cloudwatch', 'alarm:'],
}

export function recordArn(kind: RecordKind, { region, name }: Pick<NamedRecord, 'region' | 'name'>): string {
  const [service, prefix] = prefixes[kind]
  return `arn:aws:${service}:${region}:${ACCOUNT}:${prefix}${name}`
}

/** The kind and the name that an ARN says; undefined for one of another service. */
export function recordOf(arn: string): { kind: RecordKind; region: string; name: string } | undefined {
  const [, service, region = '', name = ''] =
    /^arn:[\w-]+:(logs|cloudwatch):([\w-]+):\d+:(?:log-group|alarm):(.*?)(?::\*)?$/.exec(arn) ?? []
  if (!service) return undefined
  return { kind: service === 'logs' ? 'log-group' : 'alarm', region, name }
}
