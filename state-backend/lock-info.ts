import * as v from 'valibot'
import { StateBackendError } from './errors.ts'

const Text = v.optional(v.string())

/** Terraform's lock info. With a time in another form, terraform could not read the answer that it is locked. */
const LockInfo = v.object({
  ID: v.pipe(v.string(), v.nonEmpty()),
  Operation: Text,
  Info: Text,
  Who: Text,
  Version: Text,
  Created: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  Path: Text,
})
export type LockInfo = v.InferOutput<typeof LockInfo>

/** @throws StateBackendError `malformed` */
export function parseLockInfo(body: string): LockInfo {
  try {
    return v.parse(LockInfo, JSON.parse(body))
  } catch {
    throw new StateBackendError('malformed', 'The body is not the lock info of terraform.')
  }
}
