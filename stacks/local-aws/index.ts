/** The part of the stand-in for AWS that the broker may use. */
export type { Endpoint } from './api/endpoint.ts'
export { installProvider } from './install.ts'
export { LocalAws } from './local-aws.ts'
export type { Behaviour } from './service/behaviour.ts'
export type { FaultName } from './service/faults.ts'
export type { ReplicationGroupStatus } from './service/types.ts'
