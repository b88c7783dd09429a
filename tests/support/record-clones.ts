import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { driftBaselines, driftChecks } from '../../broker/drift/tables.ts'
import { openAuthTokens, sealAuthTokens } from '../../broker/instances/auth-tokens.ts'
import { openOutputs, sealOutputs } from '../../broker/instances/outputs.ts'
import { instances } from '../../broker/instances/tables.ts'
import { operations } from '../../broker/operations/tables.ts'
import { stackFingerprint } from '../../stacks/fingerprint.ts'
import { openDatabase as openRecords } from '../../stacks/local-aws/service/database.ts'
import {
  listRecords,
  type NamedRecord,
  type RecordKind,
  saveRecord,
} from '../../stacks/local-aws/service/named-records.ts'
import {
  listParameterGroups,
  type ParameterGroup,
  saveParameterGroup,
} from '../../stacks/local-aws/service/parameter-groups.ts'
import { findGroup, type GroupRecord, saveGroup } from '../../stacks/local-aws/service/records.ts'
import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { StateBackend } from '../../state-backend/index.ts'
import type { Site } from './clones.ts'

interface Original {
  instance: typeof instances.$inferSelect
  creation: typeof operations.$inferSelect
  state: string
  group: GroupRecord
  beside: BesideGroup
}

/** The records of the local AWS of an instance, beside its group. */
interface BesideGroup {
  parameterGroups: ParameterGroup[]
  cloudWatch: [RecordKind, NamedRecord][]
}

/**
 * As `cloneInstance`, by thousands: the groups, and what is beside them, are on the record of the local AWS only, without a Redis, and every
 * clone counts for planned, as after a deploy.
 * @param login of the operators
 */
export async function cloneRecords(
  site: Site,
  original: string,
  count: number,
  login = 'operator:operator',
): Promise<void> {
  const { db, keyRing, broker } = site
  const backend = await StateBackend.open({ db, keyRing })
  const records = openRecords(join(broker.dataDirectory, 'local-aws'))
  try {
    const from = await readOriginal(site, backend, records, original)
    const ids = Array.from({ length: count }, () => randomUUID())
    for (const [index, id] of ids.entries()) {
      await cloneOne(site, backend, records, from, id, index)
    }
    await saveBaselines(site, backend, new Set(ids), login)
  } finally {
    records.close()
  }
}

async function readOriginal(
  { db }: Site,
  backend: StateBackend,
  records: ReturnType<typeof openRecords>,
  id: string,
): Promise<Original> {
  const [instance] = await db.select().from(instances).where(eq(instances.id, id))
  const [creation] = await db.select().from(operations).where(eq(operations.instanceId, id))
  const state = await backend.readBytes(id)
  const group = findGroup(records, `cf-${id}`)
  if (!instance || !creation || !state || !group) throw new Error(`${id} was never created to the end.`)
  return {
    instance,
    creation,
    state: new TextDecoder().decode(state),
    group,
    beside: besideOf(records, group),
  }
}

function besideOf(records: ReturnType<typeof openRecords>, { id, region }: GroupRecord): BesideGroup {
  const kinds = ['log-group', 'alarm'] as const
  const named = ({ name }: { name: string }) => name.includes(id)
  return {
    parameterGroups: listParameterGroups(records).filter(named),
    cloudWatch: kinds.flatMap((kind) =>
      listRecords(records, kind, region)
        .filter(named)
        .map((record): [RecordKind, NamedRecord] => [kind, record]),
    ),
  }
}

async function cloneOne(
  { db, keyRing }: Site,
  backend: StateBackend,
  records: ReturnType<typeof openRecords>,
  { instance, creation, state, group, beside }: Original,
  id: string,
  index: number,
): Promise<void> {
  const address = `127.200.${Math.floor(index / 250)}.${(index % 250) + 1}`
  const [node] = group.nodes
  const moved = (text: string) => text.replaceAll(instance.id, id).replaceAll(node?.address ?? '', address)
  const movedRecord = <T>(record: T): T => JSON.parse(moved(JSON.stringify(record)))
  for (const one of beside.parameterGroups) saveParameterGroup(records, movedRecord(one))
  for (const [kind, record] of beside.cloudWatch) saveRecord(records, kind, movedRecord(record))
  const clone = movedRecord(group)
  saveGroup(records, { ...clone, nodes: clone.nodes.map((one) => ({ ...one, wanted: 'start' })) })
  const body = JSON.stringify({ ...JSON.parse(moved(state)), lineage: randomUUID() })
  await backend.import(id, new TextEncoder().encode(body), 'clone')
  const row = { ...instance, id, stack: id }
  const outputs = openOutputs(keyRing, instance)
  if (!outputs) throw new Error(`${instance.id} has no outputs.`)
  await db.insert(instances).values({
    ...row,
    ...sealOutputs(keyRing, row, { ...outputs, hostname: address }),
    ...sealAuthTokens(keyRing, row, openAuthTokens(keyRing, instance)),
  })
  const { number: _, ...ofCreation } = creation
  await db.insert(operations).values({ ...ofCreation, id: randomUUID(), instanceId: id })
}

async function saveBaselines(
  { db, broker }: Site,
  backend: StateBackend,
  ids: Set<string>,
  login: string,
): Promise<void> {
  const { body } = await broker.request('GET', '/operator/stacks', { login })
  const plannedAt = new Date()
  for (const spec of (body.stacks as RedisStackSpec[]).filter(({ name }) => ids.has(name))) {
    const state = await backend.read(spec.name)
    const { lineage, serial } = state as NonNullable<typeof state>
    const stack = await stackFingerprint(spec, join(broker.dataDirectory, 'rendered'))
    const instanceId = spec.name
    await db.insert(driftBaselines).values({ instanceId, stack, lineage, serial, plannedAt })
    const found = { state: 'clean' as const, findings: [], message: null, durationMilliseconds: 0 }
    await db.insert(driftChecks).values({ instanceId, ...found, checkedAt: plannedAt, planned: true })
  }
}
