import { Hono } from 'hono'
import type { DeletionsAnswer, OrphansAnswer } from './orphan.ts'
import type { Orphans } from './orphans.ts'

/** To be mounted at `/operator/orphans`. */
export function orphansApp(orphans: Orphans): Hono {
  const app = new Hono()

  app.get('/', async (c) => c.json({ orphans: await orphans.find() } satisfies OrphansAnswer))

  /** Deletes the groups that no instance has. What is missing stays as it is. */
  app.delete('/', async (c) => {
    const found = await orphans.find()
    const deletions: DeletionsAnswer['deletions'] = []
    for (const orphan of found.filter(({ kind }) => kind === 'unknown')) {
      deletions.push(await orphans.delete(orphan))
    }
    return c.json({ orphans: found, deletions } satisfies DeletionsAnswer)
  })

  return app
}
