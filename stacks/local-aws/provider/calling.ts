import { randomUUID } from 'node:crypto'
import { Fault } from '../service/faults.ts'

/** Runs an API call; a fault gets the wording of the AWS provider and its SDK. */
export async function calling<T>(action: string, operation: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const response = `https response error StatusCode: 400, RequestID: ${randomUUID()}`
    throw new Error(`${action}: operation error ElastiCache: ${operation}, ${response}, ${error.text}`, {
      cause: error,
    })
  }
}
