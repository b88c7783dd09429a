import type { Resource } from '../../plugin/provider.ts'
import type { Context } from '../context.ts'
import { create } from './create.ts'
import { remove } from './delete.ts'
import { plan } from './plan.ts'
import { read } from './read.ts'
import { schema } from './schema.ts'
import { update } from './update.ts'
import { upgrade } from './upgrade.ts'
import { validate } from './validate.ts'

/** `aws_elasticache_replication_group` */
export function replicationGroup(context: Context): Resource {
  return {
    schema,
    validate,
    upgrade,
    read: (state) => read(context, state),
    plan: (request) => plan(context, request),
    apply: ({ prior, planned }) => {
      // The call keeps the context of its start: an interruption later on is another run's.
      const own = { ...context }
      if (!planned) return remove(own, prior ?? {})
      return prior ? update(own, prior, planned) : create(own, planned)
    },
    import: (id) => ({ id: id.toLowerCase() }),
  }
}
