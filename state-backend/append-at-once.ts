import { and, eq, sql } from 'drizzle-orm'
import type { Caller } from './grants.ts'
import { prepared } from './postgres/prepared.ts'
import type { Store } from './store.ts'
import { stacks, versions } from './tables.ts'
import { isLeap } from './terraform-state.ts'
import { unlessRefused } from './unless-refused.ts'
import { placeOf, type StateWrite, type Version } from './versions.ts'

const { placeholder } = sql

/**
 * Makes a state current that has the stack's lineage and a higher serial, while the caller has the lock.
 * @returns undefined when it did not
 */
export async function appendAtOnce(
  { db, keyRing, limits }: Pick<Store, 'db' | 'keyRing' | 'limits'>,
  stack: string,
  { body, state: { serial, lineage }, writer }: StateWrite,
  lockId: string,
  caller: Caller,
): Promise<Version | undefined> {
  const { look, append } = statements(db)
  const [before] = await look.execute({ stack })
  if (!before) return undefined
  if (before.lineage !== null && before.lineage !== lineage) return undefined
  if (before.serial !== null && before.serial >= serial) return undefined
  if (isLeap(serial, before.serial)) return undefined
  const version = before.lastVersion + 1
  const saved = { version, serial, lineage, size: body.length, writer }
  const [row] = await append.execute({
    ...saved,
    stack,
    lockId,
    grant: caller.grant ?? null,
    lineageBefore: before.lineage,
    serialBefore: before.serial,
    keyId: keyRing.primaryId,
    sealed: keyRing.encrypt(body, placeOf(stack, version)),
    newestDropped: version - limits.versionsKept,
  })
  return row && { ...saved, createdAt: row.createdAt }
}

const statements = prepared((db) => {
  // The rules were looked at for what was there before, and the version is encrypted for its number.
  const asBefore = and(
    eq(stacks.lockId, placeholder('lockId')),
    sql`${stacks.lastVersion} + 1 = ${placeholder('version')}`,
    sql`${stacks.lineage} is not distinct from ${placeholder('lineageBefore')}`,
    sql`${stacks.serial} is not distinct from ${placeholder('serialBefore')}`,
  )
  const { tables, name } = unlessRefused(db, asBefore)
  const current = db.$with('current', {}).as(sql`
    update ${stacks} set
      version = ${placeholder('version')}, last_version = ${placeholder('version')},
      lineage = ${placeholder('lineage')}, serial = ${placeholder('serial')}
    where name = ${name}`)
  const dropped = db.$with('dropped', {}).as(sql`
    delete from ${versions} where stack = ${name} and version <= ${placeholder('newestDropped')}`)
  return {
    look: db
      .select({ lastVersion: stacks.lastVersion, lineage: stacks.lineage, serial: stacks.serial })
      .from(stacks)
      .where(eq(stacks.name, placeholder('stack')))
      .prepare('state_before'),
    append: db
      .with(...tables, current, dropped)
      .insert(versions)
      .select(sql`
        select name, ${placeholder('version')}, ${placeholder('lineage')}, ${placeholder('serial')},
          ${placeholder('size')}, ${placeholder('writer')}, now(), ${placeholder('keyId')}, ${placeholder('sealed')}
        from ${name} as stack`)
      .returning({ createdAt: versions.createdAt })
      .prepare('state_append'),
  }
})
