/** A program that makes a database with all tables, and nothing in them, in the data directory that it is given. */
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
await database.close()
