import { groupAttributes } from '../../../replication-group/attributes.ts'
import type { ObjectValue } from '../../plugin/values.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { ownTags, type Tags } from '../tags.ts'
import { find, whenAvailable } from './wait.ts'

const notSharded = { clusterEnabled: false, clusterMode: 'disabled' }

/** The real provider's time for it. */
const TAGS_TIMEOUT_MILLISECONDS = 15 * 60_000

/** Null when the group is gone or going. What AWS does not tell, the token above all, stays as it was. */
export async function read(context: Context, state: ObjectValue): Promise<ObjectValue | null> {
  const { elastiCache, defaultTags } = context
  const id = String(state.id)
  const action = `reading ElastiCache Replication Group (${id})`
  const group = await calling(action, 'DescribeReplicationGroups', () => find(elastiCache, id))
  if (!group || group.status === 'deleting') return null
  const tags = await readTags(context, id, group.arn)
  return {
    ...state,
    ...(groupAttributes({ ...group, ...notSharded }, state) as ObjectValue),
    tags: ownTags(tags, defaultTags, state.tags),
    tags_all: tags,
  }
}

/** AWS tells tags only of an available group, so reading one that is busy takes until it is at rest. */
function readTags(context: Context, id: string, resourceName: string): Promise<Tags> {
  const action = `listing tags for ElastiCache Replication Group (${resourceName})`
  return whenAvailable(context, action, id, TAGS_TIMEOUT_MILLISECONDS, () =>
    calling(action, 'ListTagsForResource', () => context.elastiCache.listTagsForResource({ resourceName })),
  )
}
