import type { ObjectValue } from '../plugin/values.ts'
import { calling } from './calling.ts'
import type { Context } from './context.ts'
import { type Tags, tagChanges } from './tags.ts'

/** Brings the tags of a resource from `prior.tags_all` to `planned.tags_all`. */
export async function updateTags(
  { elastiCache }: Context,
  prior: ObjectValue,
  planned: ObjectValue,
): Promise<void> {
  const { removed, changed } = tagChanges((prior.tags_all ?? {}) as Tags, (planned.tags_all ?? {}) as Tags)
  const resourceName = String(prior.arn)
  const action = `updating tags for ElastiCache resource (${resourceName})`
  if (removed.length > 0) {
    await calling(action, 'RemoveTagsFromResource', () =>
      elastiCache.removeTagsFromResource({ resourceName, tagKeys: removed }),
    )
  }
  if (Object.keys(changed).length > 0) {
    await calling(action, 'AddTagsToResource', () =>
      elastiCache.addTagsToResource({ resourceName, tags: changed }),
    )
  }
}
