import { parameterGroupAttributes } from '../../../parameter-group/attributes.ts'
import type { Applied, Resource } from '../../plugin/provider.ts'
import type { ObjectValue } from '../../plugin/values.ts'
import { parameterGroupArn } from '../../service/parameter-groups.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { planNamed } from '../plan-named.ts'
import { isGone, whenFree } from '../retrying.ts'
import { ownTags, type Tags } from '../tags.ts'
import { updateTags } from '../update-tags.ts'
import { FORCE_NEW, schema } from './schema.ts'
import { parametersIn } from './values.ts'

const KIND = 'ElastiCache Parameter Group'

/** `aws_elasticache_parameter_group` */
export function parameterGroup(context: Context): Resource {
  return {
    schema,
    validate: () => [],
    upgrade: (_version, state) => state,
    read: (state) => read(context, state),
    plan: (request) =>
      planNamed(context, request, {
        computed: ['arn', 'id'],
        defaults: { description: 'Managed by Terraform' },
        forceNew: FORCE_NEW,
        lowerCase: 'name',
      }),
    apply({ prior, planned }) {
      if (!planned) return remove(context, prior ?? {})
      return prior ? update(context, prior, planned) : create(context, planned)
    },
    import: (id) => ({ id, name: id }),
  }
}

async function read({ elastiCache, defaultTags }: Context, state: ObjectValue): Promise<ObjectValue | null> {
  const name = String(state.name ?? state.id)
  const action = `reading ${KIND} (${name})`
  const found = await calling(action, 'DescribeCacheParameterGroups', () =>
    elastiCache.describeParameterGroups({ name }),
  ).catch((error) => {
    if (isGone(error, 'CacheParameterGroupNotFound')) return []
    throw error
  })
  const [group] = found
  if (!group) return null
  return {
    ...state,
    ...parameterGroupAttributes({ ...group, arn: parameterGroupArn(group) }),
    tags: ownTags(group.tags, defaultTags, state.tags),
    tags_all: group.tags,
  }
}

async function create(context: Context, planned: ObjectValue): Promise<Applied> {
  const { elastiCache } = context
  const name = String(planned.name)
  await calling(`creating ${KIND} (${name})`, 'CreateCacheParameterGroup', () =>
    elastiCache.createParameterGroup({
      name,
      family: String(planned.family),
      description: String(planned.description),
      region: String(planned.region),
      tags: (planned.tags_all ?? {}) as Tags,
    }),
  )
  const created = {
    ...planned,
    id: name,
    arn: parameterGroupArn({ name, region: String(planned.region) }),
    parameter: [],
  }
  try {
    await changeParameters(context, {}, planned)
    return { state: await read(context, created) }
  } catch (error) {
    return { state: created, error }
  }
}

async function update(context: Context, prior: ObjectValue, planned: ObjectValue): Promise<Applied> {
  try {
    await updateTags(context, prior, planned)
    await changeParameters(context, prior, planned)
    return { state: await read(context, { ...prior, ...planned }) }
  } catch (error) {
    return { state: (await read(context, prior)) ?? prior, error }
  }
}

/** First those that go back to AWS's values. */
async function changeParameters(
  { elastiCache }: Context,
  prior: ObjectValue,
  planned: ObjectValue,
): Promise<void> {
  const name = String(planned.name)
  const [before, after] = [parametersIn(prior.parameter), parametersIn(planned.parameter)]
  const names = Object.keys(before).filter((one) => !(one in after))
  if (names.length > 0) {
    await calling(`resetting ${KIND} (${name})`, 'ResetCacheParameterGroup', () =>
      elastiCache.resetParameterGroup({ name, names }),
    )
  }
  const changed = Object.entries(after).filter(([one, value]) => before[one] !== value)
  // The real provider sends so many at once.
  for (let from = 0; from < changed.length; from += 20) {
    const values = Object.fromEntries(changed.slice(from, from + 20))
    await calling(`modifying ${KIND} (${name})`, 'ModifyCacheParameterGroup', () =>
      elastiCache.modifyParameterGroup({ name, values }),
    )
  }
}

async function remove(context: Context, prior: ObjectValue): Promise<Applied> {
  const name = String(prior.name)
  try {
    await calling(`deleting ${KIND} (${name})`, 'DeleteCacheParameterGroup', () =>
      whenFree(context, 'InvalidCacheParameterGroupState', () =>
        context.elastiCache.deleteParameterGroup({ name }),
      ),
    )
  } catch (error) {
    if (!isGone(error, 'CacheParameterGroupNotFound')) return { state: prior, error }
  }
  return { state: null }
}
