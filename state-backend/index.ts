export { isNewer, parseAttempt } from './attempts.ts'
export { causeOf } from './cause.ts'
export type { Comparison } from './compare.ts'
export { StateBackendError } from './errors.ts'
export { type FailedLoginsOptions, failedLogins } from './failed-logins.ts'
export type { Access, Credentials } from './grants.ts'
export { loadOrCreateKeyFile } from './key-file.ts'
export { KeyRing, KeyRingError } from './key-ring.ts'
export { listenFailure, requireFreePort } from './listening.ts'
export type { LockHolder, LockInfo } from './locks.ts'
export { isLogin, isLoopback, type Login, weakLogins } from './logins.ts'
export { type OperatorLogins, type Operators, operatorsOf } from './operators.ts'
export { openPool } from './postgres-pool.ts'
export {
  databaseWarnings,
  keyWarnings,
  previousPasswordWarnings,
  type SettingsWarning,
} from './settings-warnings.ts'
export { StateBackend, type StateBackendOptions } from './state-backend.ts'
export { type Database, DEFAULT_LIMITS } from './store.ts'
export { parseState, type TerraformState } from './terraform-state.ts'
export { unreachable } from './unreachable.ts'
export type { Version } from './versions.ts'
