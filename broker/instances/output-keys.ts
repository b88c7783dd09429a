import { and, eq, isNotNull, or } from 'drizzle-orm'
import { KeyRing, KeyRingError } from '../../state-backend/encryption/key-ring.ts'
import type { Database } from '../database/database.ts'
import { openAuthTokens, sealAuthTokens } from './auth-tokens.ts'
import type { Instance } from './instance.ts'
import { openOutputs, sealOutputs } from './outputs.ts'
import { instances } from './tables.ts'

/** @throws KeyRingError when the ring lacks a key that stored credentials are encrypted with */
export async function requireOutputKeys(db: Database, keyRing: KeyRing): Promise<void> {
  const all = (await stored(db)).flatMap(({ outputs, authTokens }) =>
    [outputs, authTokens].filter((one) => one !== null),
  )
  const missing = new Set(all.map(KeyRing.keyIdOf).filter((id) => !keyRing.has(id)))
  if (missing.size > 0) {
    throw new KeyRingError(
      `Credentials of instances are encrypted with keys that are not in the key ring: ${[...missing].join(', ')}.`,
    )
  }
}

/**
 * Encrypts the stored credentials anew that are not encrypted with the ring's first key, while operations write
 * others. @returns how many
 */
export async function reencryptOutputs(db: Database, keyRing: KeyRing): Promise<number> {
  let done = 0
  for (const { id } of await stored(db)) {
    const [instance] = await db.select().from(instances).where(eq(instances.id, id))
    if (!instance) continue
    const outputs = isOld(keyRing, instance.outputs) && openOutputs(keyRing, instance)
    const tokens = isOld(keyRing, instance.authTokens) && openAuthTokens(keyRing, instance)
    const changes = [
      outputs && (await replace(db, instance, 'outputs', sealOutputs(keyRing, instance, outputs))),
      tokens && (await replace(db, instance, 'authTokens', sealAuthTokens(keyRing, instance, tokens))),
    ]
    if (changes.includes(true)) done++
  }
  return done
}

function isOld(keyRing: KeyRing, sealed: Uint8Array | null): boolean {
  return sealed !== null && KeyRing.keyIdOf(sealed) !== keyRing.primaryId
}

/** Outputs that a deploy has written in the meantime stay: they are encrypted with the first key already. */
async function replace(
  db: Database,
  instance: Instance,
  column: 'outputs' | 'authTokens',
  sealed: Partial<Instance>,
): Promise<boolean> {
  const before = instance[column] as Uint8Array
  const changed = await db
    .update(instances)
    .set(sealed)
    .where(and(eq(instances.id, instance.id), eq(instances[column], before)))
    .returning({ id: instances.id })
  return changed.length > 0
}

function stored(db: Database): Promise<Pick<Instance, 'id' | 'outputs' | 'authTokens'>[]> {
  const { id, outputs, authTokens } = instances
  return db
    .select({ id, outputs, authTokens })
    .from(instances)
    .where(or(isNotNull(outputs), isNotNull(authTokens)))
}
