import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, instancePath } from '../../../support/broker.ts'
import { finding } from '../finding.ts'
import { large, type Site } from './site.ts'

export function fewerNodes({ broker, reconcile, report, behind }: Site): void {
  describe('when a replica dies', () => {
    let found: Awaited<ReturnType<typeof report>>
    let [reconciled, queued, ended]: Answer['body'][] = []
    beforeAll(async () => {
      await behind(large, (aws, group) => aws.killNode(`${group}-002`))
      found = await report('sessions')
      reconciled = (await reconcile('sessions')).body
      queued = (await broker().request('GET', `${instancePath(large)}/last_operation`)).body
      ended = await broker().ended(large)
    })

    test('the sweep tells that there is a node less', () => {
      expect(found.code).toBe(2)
      expect(found.instances[0].findings).toContainEqual(finding('num_cache_clusters', 3, 2))
    })

    test('reconcile brings it back through the queue, and the next sweep is clean', async () => {
      expect(reconciled.operation).toMatchObject({ type: 'update' })
      expect(queued.state).toBe('in progress')
      expect(ended).toMatchObject({ state: 'succeeded' })
      expect((await report('sessions')).instances[0]).toMatchObject({ state: 'clean' })
    })
  })
}
