import { ProvisionFailure } from './provisioner.ts'
import type { TerraformRun } from './terraform.ts'

interface Fault {
  /** For users, in their words. */
  message: string
  /** Waiting may help, without anybody doing anything. */
  transient?: boolean
}

const tellOperators = 'Please tell the operators of the platform.'

const stateAway: Fault = {
  message: "The broker's store of Terraform states did not answer.",
  transient: true,
}
const slow: Fault = { message: 'AWS answers too slowly at the moment. Try again later.', transient: true }
const terraformEnded: Fault = { message: 'Terraform was ended from outside.', transient: true }
const providerEnded: Fault = { message: "Terraform's AWS provider ended unexpectedly.", transient: true }
const noAccess: Fault = { message: `AWS does not allow the broker to do this. ${tellOperators}` }

/**
 * What a failed run may say, and what users get to read. The one list of what is tried again. The first entry
 * that the output holds counts: what went wrong with the state comes first, since only another attempt saves
 * it. All white space counts as a blank: Terraform breaks lines.
 */
const faults: Record<string, Fault> = {
  'Error acquiring the state lock': {
    message: `The Terraform state of this Redis is locked or out of reach. ${tellOperators}`,
    transient: true,
  },
  'Error refreshing state': stateAway,
  'Failed to save state': stateAway,
  'Failed to persist state': stateAway,
  'Error releasing the state lock': stateAway,
  NodeQuotaForCustomerExceeded: {
    message: `AWS allows this account no more Redis nodes. ${tellOperators}`,
  },
  NodeQuotaForClusterExceeded: { message: `AWS allows no more nodes in one Redis. ${tellOperators}` },
  ClusterQuotaForCustomerExceeded: {
    message: `AWS allows this account no more Redis clusters. ${tellOperators}`,
  },
  InsufficientCacheClusterCapacity: {
    message: 'AWS has no capacity for this plan at the moment. Try again later or choose another plan.',
    transient: true,
  },
  // It came up after this attempt had looked: the next one finds out whose it is.
  ReplicationGroupAlreadyExistsFault: {
    message: `A Redis of this name has come up on AWS. ${tellOperators}`,
    transient: true,
  },
  InvalidReplicationGroupState: {
    message: 'AWS is still busy with this Redis. Try again in a few minutes.',
    transient: true,
  },
  SnapshotAlreadyExistsFault: { message: 'A snapshot of this name exists already. Choose another name.' },
  SnapshotNotFoundFault: { message: 'There is no such snapshot. It may have been removed in the meantime.' },
  SnapshotFeatureNotSupportedFault: { message: 'AWS keeps no snapshots for this kind of node.' },
  CacheSubnetGroupNotFoundFault: {
    message: `The subnet group of the broker's settings does not exist on AWS. ${tellOperators}`,
  },
  InvalidVPCNetworkStateFault: {
    message: `AWS refuses the network of the broker's settings. ${tellOperators}`,
  },
  InvalidParameterValue: { message: `AWS refuses a setting of this Redis. ${tellOperators}` },
  InvalidParameterCombination: {
    message: `AWS refuses the settings of this Redis together. ${tellOperators}`,
  },
  Throttling: slow,
  RequestLimitExceeded: slow,
  'timeout while waiting for state': slow,
  'request send failed': { message: 'The broker does not reach AWS at the moment.', transient: true },
  ServiceUnavailable: { message: 'AWS does not answer at the moment. Try again later.', transient: true },
  ExpiredToken: { message: `The broker's access to AWS has expired. ${tellOperators}`, transient: true },
  'Terraform CLI not present': { message: `Terraform is missing on the broker's machine. ${tellOperators}` },
  'Plugin did not respond': providerEnded,
  'Plugin error': providerEnded,
  'Request cancelled': providerEnded,
  // cdktf goes on when terraform was killed in its init.
  'Inconsistent dependency lock file': terraformEnded,
  'Required plugins are not installed': terraformEnded,
  'Backend initialization required': terraformEnded,
  // So cdktf ends when terraform was killed while it printed the outputs.
  'TypeError: Cannot convert undefined or null to object': terraformEnded,
  'Failed to read any lines from plugin': providerEnded,
  AccessDenied: noAccess,
  UnauthorizedOperation: noAccess,
  'Instance cannot be destroyed': {
    message:
      'This would delete the Redis and its data and make a new one, so nothing was done. If an update has ' +
      'failed before, send that one again first.',
  },
  'No valid credential sources found': { message: `The broker has no access to AWS. ${tellOperators}` },
}

/** What a failed run of cdktf or terraform means for users. */
export function explain(what: string, run: TerraformRun): ProvisionFailure {
  if (run.missing) {
    return new ProvisionFailure(
      `Terraform or cdktf is missing on the broker's machine. ${tellOperators}`,
      run.output,
    )
  }
  if (run.killed) return new ProvisionFailure(terraformEnded.message, run.output, true)
  const output = run.output.replace(/\s+/g, ' ')
  const known = Object.keys(faults).find((name) => output.includes(name))
  const { message, transient } = (known && faults[known]) || unknown(what, run.output)
  return new ProvisionFailure(known ? `${message} (${known})` : message, run.output, transient ?? false)
}

/** The first error as terraform words it: better than nothing for users, and enough to search the log for. */
function unknown(what: string, output: string): Fault {
  const start = output.indexOf('Error: ')
  const first =
    start < 0
      ? undefined
      : output
          .slice(start + 'Error: '.length)
          .split('\n', 1)[0]
          ?.trim()
  return {
    message: `The broker could not ${what}${first ? `: ${first}` : ''}. ${tellOperators}`.slice(0, 1000),
  }
}
