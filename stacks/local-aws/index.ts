/** What the broker may use of the stand-in for AWS. */
export { type Installation, installProvider } from './install.ts'
export { LocalAws } from './local-aws.ts'
export type { Behaviour } from './service/behaviour.ts'
export { Fault, type FaultName } from './service/faults.ts'
export type { Snapshot } from './service/snapshots.ts'
export type { ReplicationGroup, ReplicationGroupStatus, Tags } from './service/types.ts'
