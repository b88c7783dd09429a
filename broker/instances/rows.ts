import { and, eq, inArray, ne, type SQL } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import type { Instance } from './instance.ts'
import { instances } from './tables.ts'

export async function hasInstances(db: Database): Promise<boolean> {
  const some = await db.select({ id: instances.id }).from(instances).limit(1)
  return some.length > 0
}

export async function findInstance(db: Database, id: string): Promise<Instance | undefined> {
  const [instance] = await db.select().from(instances).where(eq(instances.id, id))
  return instance
}

/** @returns false when an instance of this id, or with the same stack or adopted group, was there first */
export async function insertInstance(tx: Database, instance: Instance): Promise<boolean> {
  const inserted = await tx.insert(instances).values(instance).onConflictDoNothing().returning()
  return inserted.length > 0
}

/** Whether an instance of another id has this one's stack: its id is the guid that is made of the other's. */
export async function isStackTaken(db: Database, { id, stack }: Instance): Promise<boolean> {
  const others = await db
    .select({ id: instances.id })
    .from(instances)
    .where(and(eq(instances.stack, stack), ne(instances.id, id)))
  return others.length > 0
}

/**
 * Reads an instance and locks its row until the transaction ends. Whoever changes an instance and its operations
 * locks the instance first: two that began at either end would wait for each other.
 * @returns undefined when the instance has gone
 */
export async function lockInstance(tx: Database, id: string): Promise<Instance | undefined> {
  const [instance] = await tx.select().from(instances).where(eq(instances.id, id)).for('update')
  return instance
}

/** Of many at once, always in the same order. */
export async function lockInstances(tx: Database, ids: string[]): Promise<void> {
  await tx
    .select({ id: instances.id })
    .from(instances)
    .where(inArray(instances.id, ids))
    .orderBy(instances.id)
    .for('share')
}

/** @returns false when the instance has gone, or `condition` does not hold (any more) */
export async function changeInstance(
  db: Database,
  id: string,
  values: Partial<Instance>,
  condition?: SQL,
): Promise<boolean> {
  const changed = await db
    .update(instances)
    .set(values)
    .where(and(eq(instances.id, id), condition))
    .returning({ id: instances.id })
  return changed.length > 0
}

/** Deletes an instance, with all that belongs to it: bindings, drift checks. */
export async function deleteInstance(tx: Database, id: string): Promise<void> {
  await tx.delete(instances).where(eq(instances.id, id))
}
