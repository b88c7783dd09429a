import { Hono } from 'hono'
import type { DeletionsAnswer, OrphansAnswer } from '../orphans/orphan.ts'
import type { Orphans } from '../orphans/orphans.ts'
import { refuse } from './requests.ts'

/** To be mounted at `/operator/orphans`. */
export function orphansApp(orphans: Orphans): Hono {
  const app = new Hono()

  app.get('/', async (c) => c.json({ orphans: await orphans.find() } satisfies OrphansAnswer))

  /** Deletes the groups that `?group=` names, each only if no instance has it: nobody has read of any other. */
  app.delete('/', async (c) => {
    const groups = c.req.queries('group') ?? refuse(400, 'Name the groups to delete: ?group=<id>.')
    const deletions: DeletionsAnswer['deletions'] = []
    for (const group of new Set(groups)) deletions.push(await orphans.delete(group))
    return c.json({ deletions } satisfies DeletionsAnswer)
  })

  return app
}
