import { causeOf } from '../../state-backend/postgres/cause.ts'
import { plainError } from '../logging/log.ts'
import { type FailureOptions, ProvisionFailure, tellOperators } from '../model/provision-failure.ts'
import { startOf } from '../text/shorten.ts'
import type { TerraformRun } from './run.ts'

interface Fault extends FailureOptions {
  /** For users, in their words. */
  reason: string
}

/** Failures that pass by themselves. */
const passing = (reason: string, advice?: string): Fault => ({ reason, advice, transient: true })
const final = (reason: string, advice = tellOperators): Fault => ({ reason, advice })

const stateAway = passing("The broker's store of Terraform states did not answer")
const slow = passing('AWS answers too slowly at the moment', 'Try again later.')
const terraformEnded = passing('Terraform was ended from outside')
const providerEnded = passing("Terraform's AWS provider ended unexpectedly")
const noAccess = final('AWS does not allow the broker to do this')
const noCredentials = passing('The broker has no access to AWS', tellOperators)

/**
 * The messages of terraform, cdktf and AWS, and the sentences that users get to read. The one list of what is tried again. The
 * first entry that the words hold counts: what went wrong with the state comes first, since only another attempt
 * saves it.
 */
export const faults: Record<string, Fault> = {
  'Error acquiring the state lock': passing(
    'The Terraform state of this Redis is locked or out of reach',
    tellOperators,
  ),
  'Error refreshing state': stateAway,
  'Failed to get state': stateAway,
  'Failed to save state': stateAway,
  'Failed to persist state': stateAway,
  'Error releasing the state lock': stateAway,
  NodeQuotaForCustomerExceeded: final('AWS allows this account no more Redis nodes'),
  NodeQuotaForClusterExceeded: final('AWS allows no more nodes in one Redis'),
  ClusterQuotaForCustomerExceeded: final('AWS allows this account no more Redis clusters'),
  InsufficientCacheClusterCapacity: passing(
    'AWS has no capacity for this plan at the moment',
    'Try again later or choose another plan.',
  ),
  // It came up after this attempt had looked: the next one finds out whose it is.
  ReplicationGroupAlreadyExists: passing('A Redis of this name has come up on AWS', tellOperators),
  // Left by an attempt that was interrupted: the next one takes them.
  CacheParameterGroupAlreadyExists: passing(
    'A parameter group of this name has come up on AWS',
    tellOperators,
  ),
  ResourceAlreadyExistsException: passing('A log group of this name has come up on AWS', tellOperators),
  // AWS finds out late, after minutes of creating.
  "unexpected state 'create-failed'": passing(
    'AWS could not create this Redis',
    'Try again later or choose another plan.',
  ),
  InvalidCacheClusterState: passing(
    'AWS is still busy with a node of this Redis',
    'Try again in a few minutes.',
  ),
  InvalidReplicationGroupState: passing('AWS is still busy with this Redis', 'Try again in a few minutes.'),
  SnapshotAlreadyExistsFault: final('A snapshot of this name exists already', 'Choose another name.'),
  SnapshotQuotaExceededFault: final('AWS keeps no more snapshots for this Redis today'),
  SnapshotNotFoundFault: final('There is no such snapshot', 'It may have been removed in the meantime.'),
  SnapshotFeatureNotSupportedFault: final('AWS keeps no snapshots for this kind of node', ''),
  TagQuotaPerResourceExceeded: final('AWS takes no more tags for this Redis'),
  CacheParameterGroupQuotaExceeded: final('AWS allows this account no more parameter groups'),
  CacheParameterGroupNotFound: final('The parameter group for this Redis does not exist on AWS'),
  CacheSubnetGroupNotFoundFault: final('The subnet group for this Redis does not exist on AWS'),
  InvalidVPCNetworkStateFault: final('AWS refuses the network for this Redis'),
  InvalidParameterValue: final('AWS refuses a setting of this Redis'),
  InvalidParameterCombination: final('AWS refuses the settings of this Redis together'),
  Throttling: slow,
  RequestLimitExceeded: slow,
  'timeout while waiting for state': slow,
  'request send failed': passing('The broker does not reach AWS at the moment'),
  ServiceUnavailable: passing('AWS does not answer at the moment', 'Try again later.'),
  ExpiredToken: passing("The broker's access to AWS has expired", tellOperators),
  'Terraform CLI not present': final("Terraform is missing on the broker's machine"),
  'Plugin did not respond': providerEnded,
  'Plugin error': providerEnded,
  'Request cancelled': providerEnded,
  // All runs of an attempt attach to one that runs: it was killed before this one.
  'Failed to load plugin schemas': providerEnded,
  // cdktf goes on when terraform was killed in its init.
  'Inconsistent dependency lock file': terraformEnded,
  'Required plugins are not installed': terraformEnded,
  'Backend initialization required': terraformEnded,
  // So cdktf ends when terraform was killed while it printed the outputs.
  'TypeError: Cannot convert undefined or null to object': terraformEnded,
  'Failed to parse terraform output': terraformEnded,
  // cdktf's words for a program that a signal has ended.
  'non-zero exit code null': terraformEnded,
  'Failed to read any lines from plugin': providerEnded,
  'ended before it said where it listens': providerEnded,
  'plugin of the AWS provider does not run': final("Terraform's AWS provider does not run"),
  AccessDenied: noAccess,
  UnauthorizedOperation: noAccess,
  'Instance cannot be destroyed': {
    reason: 'This would delete the Redis and its data and make a new one, so nothing was done',
    advice: 'If an update has failed before, send that one again first.',
    repeatable: false,
  },
  // Also when AWS's own source of them is slow to answer.
  'No valid credential sources found': noCredentials,
  'Could not load credentials': noCredentials,
}

/** @throws ProvisionFailure for a run that failed; `what` it was for, as in "could not …" */
export function requireSuccess(what: string, run: TerraformRun): void {
  if (!run.ok) throw explain(what, run)
}

/** The meaning of a failed run of cdktf or terraform for users. */
export function explain(what: string, run: TerraformRun): ProvisionFailure {
  const { reason, ...options } = faultOf(what, run)
  return new ProvisionFailure(reason, run.output, options)
}

function faultOf(what: string, run: TerraformRun): Fault {
  if (run.missing) return final("Terraform or cdktf is missing on the broker's machine")
  if (run.killed) return terraformEnded
  const errors = errorsIn(run.output)
  return knownFault(errors) ?? unknown(what, errors)
}

/** The meaning of an error that was thrown while an attempt was made; AWS's own calls name the fault. */
export function asFailure(error: unknown): ProvisionFailure {
  if (error instanceof ProvisionFailure) return error
  const { name, message } = causeOf(error instanceof Error ? error : new Error(String(error)))
  // What the broker doesn't know, such as a database that is away, is no reason to give an operation up.
  const fallback = passing('The broker failed in a way it does not know', tellOperators)
  const { reason, ...options } = knownFault(`${name}: ${message}`) ?? fallback
  return new ProvisionFailure(reason, plainError(error), options)
}

/** All white space counts as a blank: Terraform breaks lines. */
function knownFault(words: string): Fault | undefined {
  const text = words.replace(/\s+/g, ' ')
  const [name, fault] = Object.entries(faults).find(([known]) => text.includes(known)) ?? []
  return fault && { ...fault, reason: `${fault.reason} (${name})` }
}

/**
 * The output from its first error on. Before it stands the plan, with names that users have chosen, in quotation
 * marks: they must not pass for an error.
 */
function errorsIn(output: string): string {
  const start = output.search(/^[^"\n]*Error: /m)
  return start < 0 ? output : output.slice(start)
}

/** The first error as terraform words it: better than nothing for users, and enough to search the log for. */
function unknown(what: string, errors: string): Fault {
  const first = /Error: (.*)/.exec(errors)?.[1]?.trim()
  return final(startOf(`The broker could not ${what}${first ? `: ${first}` : ''}`, 900))
}
