import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { asFailure, explain } from '../../../broker/terraform/failures.ts'
import type { TerraformRun } from '../../../broker/terraform/run.ts'

function failed(output: string, how: Partial<TerraformRun> = {}): TerraformRun {
  return { ok: false, aborted: false, killed: false, missing: false, output, ...how }
}

/** As the AWS provider words a refusal of AWS, and cdktf hands it on: with its breaks. */
const refused = (fault: string) => `my-stack  creating
my-stack  Error: creating ElastiCache Replication Group (cf-1234): operation error ElastiCache: CreateReplicationGroup, https response error StatusCode: 400, RequestID: 5f1c, ${fault}: the
          words of AWS

            with aws_elasticache_replication_group.redis (redis),
            on cdk.tf.json line 40, in resource.aws_elasticache_replication_group.redis`

const again = true
const atOnce = false

describe('each fault of AWS has a sentence, and is tried again only when that can help', () => {
  test.each([
    ['NodeQuotaForCustomerExceeded', atOnce, 'AWS allows this account no more Redis nodes'],
    ['NodeQuotaForClusterExceeded', atOnce, 'AWS allows no more nodes in one Redis'],
    ['ClusterQuotaForCustomerExceeded', atOnce, 'AWS allows this account no more Redis clusters'],
    ['InsufficientCacheClusterCapacity', again, 'AWS has no capacity for this plan at the moment'],
    ['ReplicationGroupAlreadyExists', again, 'A Redis of this name has come up on AWS'],
    ["unexpected state 'create-failed'", again, 'AWS could not create this Redis'],
    ['InvalidCacheClusterState', again, 'AWS is still busy with a node of this Redis'],
    ['InvalidReplicationGroupState', again, 'AWS is still busy with this Redis'],
    ['SnapshotAlreadyExistsFault', atOnce, 'A snapshot of this name exists already'],
    ['SnapshotQuotaExceededFault', atOnce, 'AWS keeps no more snapshots for this Redis today'],
    ['TagQuotaPerResourceExceeded', atOnce, 'AWS takes no more tags for this Redis'],
    ['SnapshotNotFoundFault', atOnce, 'There is no such snapshot'],
    ['SnapshotFeatureNotSupportedFault', atOnce, 'AWS keeps no snapshots for this kind of node'],
    ['api error Throttling', again, 'AWS answers too slowly at the moment'],
    ['api error ThrottlingException', again, 'AWS answers too slowly at the moment'],
    ['api error RequestLimitExceeded', again, 'AWS answers too slowly at the moment'],
    ['api error ServiceUnavailable', again, 'AWS does not answer at the moment'],
    ['api error ExpiredToken', again, "The broker's access to AWS has expired"],
    ['api error AccessDenied', atOnce, 'AWS does not allow the broker to do this'],
    ['api error UnauthorizedOperation', atOnce, 'AWS does not allow the broker to do this'],
    ['InvalidParameterValue', atOnce, 'AWS refuses a setting of this Redis'],
    ['InvalidParameterCombination', atOnce, 'AWS refuses the settings of this Redis together'],
    ['CacheSubnetGroupNotFoundFault', atOnce, 'The subnet group for this Redis does not exist'],
  ])('%s', (fault, transient, sentence) => {
    const failure = explain('deploy this Redis', failed(refused(fault)))
    expect(failure.message).toContain(sentence)
    expect(failure.message).not.toContain('the words of AWS')
    expect(failure.transient).toBe(transient)
    expect(failure.detail).toContain('words of AWS')
  })
})

describe('what passes around Terraform is tried again', () => {
  test.each([
    [
      'a lock of somebody else',
      'Error: Error acquiring the state lock\n\nError message: HTTP remote state already locked: ID=abc',
    ],
    [
      'a state backend that is away at the start',
      'Error: Error refreshing state: Failed to get state: GET http://127.0.0.1/state/x giving up after 3 attempt(s)',
    ],
    [
      'a state backend that is away in between',
      'Error: Failed to load state: Failed to get state: GET http://127.0.0.1/state/x giving up after 3 attempt(s)',
    ],
    [
      'a state backend that is away at the end',
      'Error: Failed to save state\n\nError saving state: Failed to upload state: POST\nhttp://127.0.0.1/state/x?ID=b8 giving\nup after 3 attempt(s)',
    ],
    ['a lock that could not be given back', 'Error: Error releasing the state lock'],
    [
      'a plugin that died in a call',
      'to obtain schema: Plugin did not\nrespond: The plugin encountered an error',
    ],
    [
      'a plugin that died at its start',
      "Unrecognized remote\nplugin message: \nFailed to read any lines from plugin's stdout\nThis usually means",
    ],
    [
      'a wait that AWS was too slow for',
      "Error: waiting for ElastiCache Replication Group (cf-1) create: timeout while waiting for state to become 'available'",
    ],
    [
      'a connection to AWS that failed',
      'https response error StatusCode: 0, RequestID: , request send failed, Post "https://elasticache": dial tcp: i/o timeout',
    ],
    ['a plugin that died while it was asked', 'Error: Request cancelled'],
    ['a plugin that died before it was asked', 'Error: Failed to load plugin schemas'],
    [
      'a terraform killed under cdktf',
      'TypeError: Cannot convert undefined or null to object\n    at Function.entries',
    ],
    [
      'a terraform that printed no outputs at all',
      "Error: External Error: Failed to parse terraform output: SyntaxError: Unexpected end of JSON input. The output was ''",
    ],
    [
      'a terraform that a signal has ended',
      '0 Stacks deploying     1 Stack done\nError: non-zero exit code null',
    ],
    ['credentials that AWS did not give in time', 'Error: No valid credential sources found'],
    ['a terraform killed in its init', 'Error: Inconsistent dependency lock file'],
    ['a plugin that died between two calls', 'Error: Plugin error\n\nrpc error: code = Unavailable'],
  ])('%s', (_what, output) => {
    expect(explain('deploy this Redis', failed(output)).transient).toBe(true)
  })

  test('a program that was killed', () => {
    expect(explain('deploy this Redis', failed('', { killed: true })).transient).toBe(true)
  })
})

test('a program that is missing is told, and not waited for', () => {
  const { message, transient } = explain('deploy this Redis', failed('', { missing: true }))
  expect(message).toContain("Terraform or cdktf is missing on the broker's machine")
  expect(transient).toBe(false)
})

test('an update that would replace the Redis is told, and does no good when it is sent again', () => {
  const output = 'Error: Instance cannot be destroyed\n\n  on cdk.tf.json line 40:'
  const failure = explain('deploy this Redis', failed(output))
  expect(failure.message).toContain('This would delete the Redis and its data and make a new one')
  expect(failure).toMatchObject({ transient: false, repeatable: false })
})

test('names that users have chosen are no errors', () => {
  const plan =
    '  + tags = {\n      + "Instance name" = "Error acquiring the state lock"\n      + "Space name" = "Error: Throttling"'
  const failure = explain('deploy this Redis', failed(`${plan}\n${refused('api error AccessDenied')}`))
  expect(failure.message).toContain('AWS does not allow the broker to do this (AccessDenied)')
  expect(failure.transient).toBe(false)
})

describe('what AWS answers the broker itself', () => {
  const thrown = (name: string) => asFailure(Object.assign(new Error('the words of AWS'), { name }))

  test.each([
    ['AccessDenied', atOnce, 'AWS does not allow the broker to do this (AccessDenied)'],
    ['ThrottlingException', again, 'AWS answers too slowly at the moment (Throttling)'],
    ['ExpiredTokenException', again, "The broker's access to AWS has expired (ExpiredToken)"],
  ])('%s', (name, transient, sentence) => {
    const failure = thrown(name)
    expect(failure.message).toContain(sentence)
    expect(failure.message).not.toContain('the words of AWS')
    expect(failure.transient).toBe(transient)
  })

  test('what is not in the table is tried again, and only operators read its words', () => {
    const failure = thrown('SomethingNew')
    expect(failure.message).toBe(
      'The broker failed in a way it does not know. Please tell the operators of the platform.',
    )
    expect(failure.detail).toContain('the words of AWS')
    expect(failure.transient).toBe(true)
  })

  test('a failed query does not tell what was to be stored', () => {
    const failure = asFailure(new DrizzleQueryError('insert', ['geheim'], new Error('connection refused')))
    expect(failure.detail).toContain('connection refused')
    expect(failure.detail).not.toContain('geheim')
  })
})

test('a state that could not be saved is tried again, whatever AWS refused besides', () => {
  const both = `${refused('api error AccessDenied')}\nError: Failed to persist state to backend`
  expect(explain('deploy this Redis', failed(both)).transient).toBe(true)
})

test('what is not in the table is told by its headline, and not tried again', () => {
  const failure = explain('deploy this Redis', failed('Error: something new\n\nand its whole story'))
  expect(failure.message).toBe(
    'The broker could not deploy this Redis: something new. Please tell the operators of the platform.',
  )
  expect(failure.transient).toBe(false)
})

test('a message for users is never longer than 1,000 characters', () => {
  const failure = explain('deploy this Redis', failed(`Error: ${'long '.repeat(1000)}`))
  expect(failure.message.length).toBeLessThanOrEqual(1000)
})
