import type { Applied } from '../../plugin/provider.ts'
import type { ObjectValue } from '../../plugin/values.ts'
import { isFault } from '../../service/faults.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { updateTags } from '../update-tags.ts'
import { changed, changedSettings } from './changes.ts'
import { knownValues } from './create.ts'
import { read } from './read.ts'
import { flag, integer, text } from './request.ts'
import { timeout } from './timeouts.ts'
import { waitUntilAvailable } from './wait.ts'

/**
 * The provider's order: tags, replicas up, ordinary settings, the token, replicas down; each step waits for
 * `available` before and after it. When a step fails, the state gets the planned values all the same, as with
 * the real provider; the next refresh puts right all but the token, which cannot be read back.
 */
export async function update(context: Context, prior: ObjectValue, planned: ObjectValue): Promise<Applied> {
  const attempted = { ...prior, ...knownValues(planned) }
  const id = String(prior.id)
  const available = () => waitUntilAvailable(context, id, 'update', timeout(planned, 'update'))
  try {
    await updateTags(context, prior, planned)
    for (const step of updateSteps(context, id, prior, planned)) {
      await available()
      await step()
      await available()
    }
    return { state: await read(context, attempted) }
  } catch (error) {
    return { state: attempted, error }
  }
}

type Step = () => Promise<void>

function updateSteps({ elastiCache }: Context, id: string, prior: ObjectValue, planned: ObjectValue): Step[] {
  const nodesBefore = integer(prior.num_cache_clusters) ?? 0
  const nodes = nodesWanted(prior, planned) ?? nodesBefore
  const replicas = { replicationGroupId: id, newReplicaCount: nodes - 1 }
  const steps: Step[] = []

  if (nodes > nodesBefore) {
    const action = `increasing ElastiCache Replication Group (${id}) replica count (${nodes - 1})`
    steps.push(() =>
      calling(action, 'IncreaseReplicaCount', () => elastiCache.increaseReplicaCount(replicas)),
    )
  }

  const changes = changedSettings(prior, planned)
  if (Object.keys(changes).length > 0) {
    const applyImmediately = flag(planned.apply_immediately) ?? false
    steps.push(() =>
      modify(`modifying ElastiCache Replication Group (${id})`, () =>
        elastiCache.modifyReplicationGroup({ replicationGroupId: id, applyImmediately, ...changes }),
      ),
    )
  }

  const tokenChanged = ['auth_token', 'auth_token_update_strategy'].some((name) =>
    changed(name, prior, planned),
  )
  const strategy = text(planned.auth_token_update_strategy)
  if (tokenChanged && strategy !== 'DELETE') {
    const token = {
      authToken: String(planned.auth_token ?? ''),
      ...(strategy && { authTokenUpdateStrategy: strategy }),
    }
    steps.push(() =>
      modify(`modifying ElastiCache Replication Group (${id}) authentication`, () =>
        elastiCache.modifyReplicationGroup({ replicationGroupId: id, applyImmediately: true, ...token }),
      ),
    )
  }

  if (nodes < nodesBefore) {
    const action = `decreasing ElastiCache Replication Group (${id}) replica count (${nodes - 1})`
    steps.push(() =>
      calling(action, 'DecreaseReplicaCount', () => elastiCache.decreaseReplicaCount(replicas)),
    )
  }
  return steps
}

/** Either attribute may say it; the one that is not configured keeps its old value. */
function nodesWanted(prior: ObjectValue, planned: ObjectValue): number | undefined {
  const nodes = integer(planned.num_cache_clusters)
  const replicas = integer(planned.replicas_per_node_group)
  const byReplicas = changed('replicas_per_node_group', prior, planned) && replicas !== undefined
  return byReplicas && !changed('num_cache_clusters', prior, planned) ? replicas + 1 : nodes
}

/** Somebody may have made the same change by hand already: that counts as success. */
async function modify(action: string, call: () => Promise<void>): Promise<void> {
  await calling(action, 'ModifyReplicationGroup', async () => {
    try {
      await call()
    } catch (error) {
      const nothingToDo =
        isFault(error, 'InvalidParameterCombination') &&
        error.message.includes('No modifications were requested')
      if (!nothingToDo) throw error
    }
  })
}
