import { beforeAll, describe, expect, test } from 'vitest'
import { instancePath } from '../../../support/broker.ts'
import { finding, large, type Site } from './site.ts'

export function fewerNodes({ broker, reconcile, report, behind }: Site): void {
  describe('when a replica dies', () => {
    beforeAll(() => behind(large, (aws, group) => aws.killNode(`${group}-002`)))

    test('the sweep tells that there is a node less', async () => {
      const { code, instances } = await report('sessions')
      expect(code).toBe(2)
      expect(instances[0].findings).toContainEqual(finding('num_cache_clusters', 3, 2))
    })

    test('reconcile brings it back through the queue, and the next sweep is clean', async () => {
      expect((await reconcile('sessions')).body.operation).toMatchObject({ type: 'update' })
      const { body } = await broker().request('GET', `${instancePath(large)}/last_operation`)
      expect(body.state).toBe('in progress')
      expect(await broker().ended(large)).toMatchObject({ state: 'succeeded' })
      expect((await report('sessions')).instances[0]).toMatchObject({ state: 'clean' })
    })
  })
}
