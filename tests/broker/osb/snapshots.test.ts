import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { succeeds } from '../../support/instances.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { outlivingTheirInstance } from './snapshots/outliving.ts'
import { restoredFromOne } from './snapshots/restored.ts'
import { broker, change } from './snapshots/site.ts'
import { takenByUsers } from './snapshots/taken.ts'

takenByUsers()

test('a plan that takes no snapshots by hand gives its reason', async () => {
  const small = randomUUID()
  await broker().provision(small, 'redis-dev', { plan_id: 'tiny' })
  await succeeds(broker(), small)
  const answer = await change({ createSnapshot: 'x' }, small)
  expectRefusal(answer, 400)
  expect(answer.body.description).toContain('It is too small to be kept.')
})

restoredFromOne()
outlivingTheirInstance()
