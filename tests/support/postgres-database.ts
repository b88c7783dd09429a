import { type OpenDatabase, openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import { startPostgres } from './postgres.ts'

/** A database with the broker's tables on a PostgreSQL of the test's own. Closing it ends the server. */
export async function openOnPostgres(): Promise<OpenDatabase & { url: string }> {
  const postgres = await startPostgres()
  const database = await openDatabase(postgres.url, '', createLog('silent'))
  return {
    ...database,
    url: postgres.url,
    async close() {
      await database.close()
      await postgres.stop()
    },
  }
}
