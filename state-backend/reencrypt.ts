import { and, count, eq, ne } from 'drizzle-orm'
import type { Store } from './store.ts'
import { versions } from './tables.ts'
import { placeOf } from './versions.ts'

/**
 * Encrypts every version anew that is not encrypted with the ring's first key, while others read and write.
 * It may be stopped and run again at any time. When it is done, the other keys may leave the ring, once every
 * process writes with the first key.
 * @param progress called after every version
 * @returns how many versions were encrypted anew
 */
export async function reencrypt(
  { db, keyRing }: Store,
  progress?: (done: number, total: number) => void,
): Promise<number> {
  const keyId = keyRing.primaryId
  const stale = ne(versions.keyId, keyId)
  const [found] = await db.select({ total: count() }).from(versions).where(stale)
  const total = found?.total ?? 0
  for (let done = 0; ; done++) {
    const [row] = await db.select().from(versions).where(stale).limit(1)
    if (!row) return done
    const place = placeOf(row.stack, row.version)
    const sealed = keyRing.encrypt(keyRing.decrypt(row.sealed, place), place)
    // Nothing is locked. Meanwhile the version may have been dropped, and a stack of its name made anew have one of
    // its number with other content: only what was read is replaced.
    await db
      .update(versions)
      .set({ keyId, sealed })
      .where(
        and(
          eq(versions.stack, row.stack),
          eq(versions.version, row.version),
          eq(versions.sealed, row.sealed),
        ),
      )
    progress?.(done + 1, Math.max(total, done + 1))
  }
}
