import { Hono } from 'hono'
import * as v from 'valibot'
import { storableText } from '../database/storable.ts'
import type { DeletionsAnswer, OrphansAnswer } from '../orphans/orphan.ts'
import type { Orphans } from '../orphans/orphans.ts'
import { answer } from './answer.ts'
import { query } from './requests.ts'

const deletionQuery = v.object({
  group: v.pipe(
    v.union([storableText, v.array(storableText)], 'must name the groups: ?group=<id>'),
    v.transform((given) => [given].flat()),
  ),
})

/** To be mounted at `/operator/orphans`. */
export function orphansApp(orphans: Orphans) {
  return (
    new Hono()
      .get('/', async (c) => answer(c, { orphans: await orphans.find() } satisfies OrphansAnswer))

      /** What would become of the groups that `?group=` names, if they were to be deleted. */
      .get('/deletions', query(deletionQuery), async (c) => {
        const { group: groups } = c.req.valid('query')
        const deletions: DeletionsAnswer['deletions'] = []
        for (const group of new Set(groups)) deletions.push(await orphans.deletable(group))
        return answer(c, { deletions } satisfies DeletionsAnswer)
      })

      /** Deletes the groups that `?group=` names, each only if no instance has it: nobody has read of any other. */
      .delete('/', query(deletionQuery), async (c) => {
        const { group: groups } = c.req.valid('query')
        const deletions: DeletionsAnswer['deletions'] = []
        for (const group of new Set(groups)) deletions.push(await orphans.delete(group))
        return answer(c, { deletions } satisfies DeletionsAnswer)
      })
  )
}
