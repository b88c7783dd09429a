import { describe, expect, test } from 'vitest'
import { faults } from '../../../broker/terraform/failures.ts'
import { Fault, faultNames } from '../../../stacks/local-aws/service/faults.ts'
import { elastiCacheModel, withoutModel } from '../../support/service-model.ts'

const model = elastiCacheModel()

/** Codes that all of AWS may send, which are in no service's model, and those of CloudWatch and tagging, whose models are others. */
const common = [
  'AccessDenied',
  'ExpiredToken',
  'InvalidAction',
  'InvalidParameterException',
  'MissingAuthenticationToken',
  'MissingParameter',
  'RequestLimitExceeded',
  'ResourceAlreadyExistsException',
  'ResourceNotFoundException',
  'ServiceUnavailable',
  'Throttling',
  'UnauthorizedOperation',
]

describe.skipIf(!model)(`AWS's codes${model ? '' : ` (${withoutModel})`}`, () => {
  const statuses = new Map(
    Object.entries(model?.shapes ?? {})
      .filter(([, { exception }]) => exception)
      .map(([name, { error }]) => [error?.code ?? name, error?.httpStatusCode]),
  )

  test.each(faultNames.filter((name) => !common.includes(name)))(
    '%s is sent by AWS, with its status',
    (name) => {
      expect(statuses.get(name)).toBe(new Fault(name, 'refused').status)
    },
  )

  /** Of the table's keys those that look like codes; the others are words of programs. */
  const codes = Object.keys(faults).filter((key) => /^[A-Z][a-z]+([A-Z][A-Za-z]+)+$/.test(key))
  test.each(codes.filter((code) => !common.includes(code)))(
    '%s, which users are told of, is sent by AWS',
    (code) => {
      expect([...statuses.keys()]).toContain(code)
    },
  )

  test('the table has codes at all', () => {
    expect(codes).toContain('ReplicationGroupAlreadyExists')
  })
})
