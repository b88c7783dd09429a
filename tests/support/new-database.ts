/**
 * A program that makes a database with all tables, and nothing in them, in the data directory that it is given. It is
 * copied for each broker, so it is made small: without the databases that PostgreSQL keeps as templates, and with an
 * empty journal in a file of holes.
 */
import { sql } from 'drizzle-orm'
import { openDatabase } from '../../broker/database/database.ts'
import { Jobs } from '../../broker/jobs/jobs.ts'
import { createLog } from '../../broker/logging/log.ts'
import { migrate } from '../../state-backend/migrate.ts'

const log = createLog('warn')
const database = await openDatabase(undefined, process.argv[2] as string, log)
await migrate(database.db)
const jobs = new Jobs(database, log)
await jobs.start()
await jobs.stop()
for (const statement of [
  'update pg_database set datistemplate = false',
  'drop database template0',
  'drop database template1',
  'set wal_recycle = off',
  'set wal_init_zero = off',
  'select pg_switch_wal()',
  'checkpoint',
])
  await database.db.execute(sql.raw(statement))
await database.close()
