export { isNewer, parseAttempt } from './attempts.ts'
export type { Comparison } from './compare.ts'
export { loadOrCreateKeyFile } from './encryption/key-file.ts'
export { KeyRing, KeyRingError } from './encryption/key-ring.ts'
export { StateBackendError } from './errors.ts'
export type { Access, Credentials } from './grants.ts'
export { listenFailure, requireFreePort } from './listening.ts'
export type { LockInfo } from './lock-info.ts'
export type { LockHolder } from './locks.ts'
export { type FailedLoginsOptions, failedLogins } from './logins/failed-logins.ts'
export { isLogin, isLoopback, isWeak, type Login, weakLogins } from './logins/logins.ts'
export { type OperatorLogins, type Operators, operatorsOf } from './logins/operators.ts'
export { causeOf } from './postgres/cause.ts'
export { openPool } from './postgres/pool.ts'
export { unreachable } from './postgres/unreachable.ts'
export {
  databaseWarnings,
  keyWarnings,
  previousPasswordWarnings,
  type SettingsWarning,
} from './settings-warnings.ts'
export { StateBackend, type StateBackendOptions } from './state-backend.ts'
export { type Database, DEFAULT_LIMITS } from './store.ts'
export { parseState, type TerraformState } from './terraform-state.ts'
export type { Version } from './versions.ts'
