import * as v from 'valibot'
import { StateBackendError } from './errors.ts'
import { isStorable } from './postgres/storable.ts'

const Storable = v.pipe(v.string(), v.check(isStorable))
const Text = v.optional(Storable)

/** Terraform's lock info. With a time in another form, terraform could not read the answer that it is locked. */
const LockInfo = v.object({
  ID: v.pipe(Storable, v.nonEmpty()),
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
