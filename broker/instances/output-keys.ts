import { and, eq, isNotNull } from 'drizzle-orm'
import { KeyRing, KeyRingError } from '../../state-backend/index.ts'
import type { Database } from '../database/database.ts'
import { instances } from '../database/schema.ts'
import { openOutputs, sealOutputs } from './outputs.ts'

/** @throws KeyRingError when the ring lacks a key that stored outputs are encrypted with */
export async function requireOutputKeys(db: Database, keyRing: KeyRing): Promise<void> {
  const rows = await stored(db)
  const missing = new Set(
    rows.map(({ outputs }) => KeyRing.keyIdOf(outputs)).filter((id) => !keyRing.has(id)),
  )
  if (missing.size > 0) {
    throw new KeyRingError(
      `Credentials of instances are encrypted with keys that are not in the key ring: ${[...missing].join(', ')}.`,
    )
  }
}

/**
 * Encrypts the stored outputs anew that are not encrypted with the ring's first key, while operations write
 * others. @returns how many
 */
export async function reencryptOutputs(db: Database, keyRing: KeyRing): Promise<number> {
  let done = 0
  for (const { id, outputs: before } of await stored(db)) {
    if (KeyRing.keyIdOf(before) === keyRing.primaryId) continue
    const [instance] = await db.select().from(instances).where(eq(instances.id, id))
    const outputs = instance && openOutputs(keyRing, instance)
    if (!instance?.outputs || !outputs) continue
    // What a deploy has written in the meantime stays: it is encrypted with the first key already.
    const changed = await db
      .update(instances)
      .set(sealOutputs(keyRing, instance, outputs))
      .where(and(eq(instances.id, id), eq(instances.outputs, instance.outputs)))
      .returning({ id: instances.id })
    done += changed.length
  }
  return done
}

async function stored(db: Database): Promise<{ id: string; outputs: Uint8Array }[]> {
  const rows = await db
    .select({ id: instances.id, outputs: instances.outputs })
    .from(instances)
    .where(isNotNull(instances.outputs))
  return rows as { id: string; outputs: Uint8Array }[]
}
