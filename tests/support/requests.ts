import type { Database } from '../../broker/database/database.ts'
import type { Operation } from '../../broker/operations/operation.ts'
import { type Exists, OperationRequests, type RequestResult } from '../../broker/operations/requests.ts'

/** Takes requests for operations that no worker hears of. */
export const requestsWithoutJobs = (db: Database) => new OperationRequests(db, async () => {})

/** The operation of a request. @throws Error when it was not accepted */
export function accepted(result: RequestResult | Exists): Operation {
  if (result.outcome !== 'accepted') throw new Error(`not accepted: ${result.outcome}`)
  return result.operation
}
