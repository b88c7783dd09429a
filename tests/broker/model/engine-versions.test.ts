import { expect, test } from 'vitest'
import { type EngineVersion, supportWarning } from '../../../broker/model/engine-versions.ts'

test.each<[EngineVersion, string, string | undefined]>([
  ['6.2', '2026-08-03', undefined],
  [
    '6.2',
    '2026-08-04',
    'AWS standard support of Redis 6.2 ends on 2027-01-31: plan the move to a later version.',
  ],
  [
    '6.2',
    '2027-01-31',
    'AWS standard support of Redis 6.2 ends on 2027-01-31: plan the move to a later version.',
  ],
  [
    '6.2',
    '2027-02-01',
    'AWS standard support of Redis 6.2 ended on 2027-01-31: plan the move to a later version.',
  ],
  ['7.0', '2040-01-01', undefined],
])('of Redis %s users are told on %s: %s', (version, today, warning) => {
  expect(supportWarning(version, new Date(today))).toBe(warning)
})
