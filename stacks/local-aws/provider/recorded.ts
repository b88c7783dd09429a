import type { Applied, Resource } from '../plugin/provider.ts'
import type { Schema } from '../plugin/schema.ts'
import { type ObjectValue, UNKNOWN, type Value } from '../plugin/values.ts'
import {
  findRecord,
  type NamedRecord,
  type RecordKind,
  removeRecord,
  saveRecord,
} from '../service/named-records.ts'
import type { Context } from './context.ts'
import { planNamed } from './plan-named.ts'
import { ownTags, type Tags } from './tags.ts'

interface Kind {
  kind: RecordKind
  schema: Schema
  /** The attribute that is its name and its id. */
  name: string
  /** Those after a refresh, but for its tags. */
  attributes(record: NamedRecord): ObjectValue
  computed: string[]
  defaults: ObjectValue
  forceNew: string[]
  validate: Resource['validate']
}

const NOT_SETTINGS = ['arn', 'id', 'region', 'tags', 'tags_all']

/** A resource of CloudWatch: on this machine it is kept and told back, and that is all. */
export function recorded(context: Context, kind: Kind): Resource {
  const { name: nameAttribute, schema } = kind
  const settingNames = [
    ...Object.keys(schema.block.attributes),
    ...Object.keys(schema.block.blocks ?? {}),
  ].filter((name) => name !== nameAttribute && !NOT_SETTINGS.includes(name))
  const { database } = context.elastiCache.service

  function read(state: ObjectValue): ObjectValue | null {
    const name = String(state[nameAttribute] ?? state.id)
    const region = typeof state.region === 'string' ? state.region : context.region
    const record = findRecord(database, kind.kind, region, name)
    if (!record) return null
    return {
      ...state,
      ...kind.attributes(record),
      tags: ownTags(record.tags, context.defaultTags, state.tags),
      tags_all: record.tags,
    }
  }

  function write(planned: ObjectValue): Applied {
    const name = String(planned[nameAttribute])
    const settings = Object.fromEntries(settingNames.map((one) => [one, known(planned[one])]))
    saveRecord(database, kind.kind, {
      name,
      region: String(planned.region),
      tags: (planned.tags_all ?? {}) as Tags,
      settings,
    })
    return { state: read({ ...planned, id: name }) }
  }

  return {
    schema,
    validate: kind.validate,
    upgrade: (_version, state) => state,
    read: async (state) => read(state),
    plan: (request) => planNamed(context, request, kind),
    async apply({ prior, planned }) {
      if (planned) return write(planned)
      const { [nameAttribute]: name, region, skip_destroy } = prior ?? {}
      if (skip_destroy !== true) removeRecord(database, kind.kind, String(region), String(name))
      return { state: null }
    },
    import: (id) => ({ id, [nameAttribute]: id }),
  }
}

const known = (value: Value | undefined) => (value === UNKNOWN || value === undefined ? null : value)
