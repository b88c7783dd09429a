import { sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { hasInstances } from '../instances/rows.ts'
import { type SettingsInUse, settingsInUse } from './tables.ts'

/**
 * Keeps by which settings the groups of the instances are found and known as theirs, and lets nobody change them while
 * there are any: every Redis would be taken for gone, and a deletion would leave its group, or forget one that lives.
 *
 * @throws Error that names the settings
 */
export async function requireSettingsInUse(db: Database, settings: SettingsInUse): Promise<void> {
  const { PLATFORM, AWS_REGION, AWS_ACCOUNT_ID, REPLICATION_GROUP_PREFIX, TAG_BROKER } = settings
  const now = { PLATFORM, AWS_REGION, AWS_ACCOUNT_ID, REPLICATION_GROUP_PREFIX, TAG_BROKER }
  const [row] = (await hasInstances(db)) ? await db.select().from(settingsInUse) : []
  const changes = row ? changesOf(row.settings, now) : []
  if (changes.length > 0) {
    throw new Error(
      `The broker would not find the Redis that is there: ${changes.join(', ')}. Set it back, as long as there are instances.`,
    )
  }
  // An account that is not set any more is still that of the instances.
  const kept = { ...now, AWS_ACCOUNT_ID: AWS_ACCOUNT_ID ?? row?.settings.AWS_ACCOUNT_ID }
  await db
    .insert(settingsInUse)
    .values({ settings: kept })
    .onConflictDoUpdate({ target: settingsInUse.only, set: { settings: sql`excluded.settings` } })
}

function changesOf(before: SettingsInUse, after: SettingsInUse): string[] {
  return (Object.keys(after) as (keyof SettingsInUse)[])
    .filter((name) => before[name] !== undefined && after[name] !== undefined && before[name] !== after[name])
    .map((name) => `${name} was ${before[name]}, is ${after[name]}`)
}
