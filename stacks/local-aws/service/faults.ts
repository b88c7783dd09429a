/**
 * Every fault that the service answers with, under the code that AWS sends for it. `modeled` ones are part of the
 * ElastiCache API; the others are common to all of AWS and are worded differently by the AWS SDK.
 */
const faults = {
  CacheClusterNotFound: { modeled: true },
  CacheParameterGroupAlreadyExists: { modeled: true },
  CacheParameterGroupNotFound: { modeled: true },
  CacheSubnetGroupNotFoundFault: { modeled: true },
  ClusterQuotaForCustomerExceeded: { modeled: true },
  InsufficientCacheClusterCapacity: { modeled: true },
  InvalidARN: { modeled: true },
  InvalidCacheClusterState: { modeled: true },
  InvalidCacheParameterGroupState: { modeled: true },
  InvalidParameterCombination: { modeled: true },
  InvalidParameterValue: { modeled: true },
  InvalidReplicationGroupState: { modeled: true },
  InvalidSnapshotState: { modeled: true },
  NodeQuotaForCustomerExceeded: { modeled: true },
  ReplicationGroupAlreadyExists: { modeled: true },
  ReplicationGroupNotFoundFault: { modeled: true },
  SnapshotAlreadyExistsFault: { modeled: true },
  SnapshotFeatureNotSupportedFault: { modeled: true },
  SnapshotNotFoundFault: { modeled: true },
  SnapshotQuotaExceededFault: { modeled: true },
  TagQuotaPerResourceExceeded: { modeled: true },
  ResourceAlreadyExistsException: { modeled: false },
  ResourceNotFoundException: { modeled: false },
  InvalidParameterException: { modeled: false },
  AccessDenied: { modeled: false },
  ExpiredToken: { modeled: false },
  InvalidAction: { modeled: false },
  MissingAuthenticationToken: { modeled: false },
  MissingParameter: { modeled: false },
  RequestLimitExceeded: { modeled: false },
  Throttling: { modeled: false },
} as const

/** Not found, and yet no 404. */
const NOT_MISSING: string[] = ['CacheSubnetGroupNotFoundFault']
const FORBIDDEN: string[] = ['AccessDenied', 'ExpiredToken', 'MissingAuthenticationToken']

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as FaultName[]

/** A request that the service refuses. `message` is for users and holds no secret. */
export class Fault extends Error {
  override readonly name: FaultName

  constructor(name: FaultName, message: string) {
    super(message)
    this.name = name
  }

  /** Of the HTTP answer. */
  get status(): 400 | 403 | 404 {
    if (/NotFound(Fault)?$/.test(this.name)) return NOT_MISSING.includes(this.name) ? 400 : 404
    return FORBIDDEN.includes(this.name) ? 403 : 400
  }

  /** As the AWS SDK writes it: a part of the error text that Terraform shows. */
  get text(): string {
    return faults[this.name].modeled
      ? `${this.name}: ${this.message}`
      : `api error ${this.name}: ${this.message}`
  }
}

export function isFault(error: unknown, name: FaultName): error is Fault {
  return error instanceof Fault && error.name === name
}
