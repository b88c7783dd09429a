import * as v from 'valibot'
import { type Catalog, maintenanceVersion } from '../catalog/catalog.ts'
import { storableText } from '../database/storable.ts'
import { driftStates } from '../drift/finding.ts'
import type { InstanceFilters } from '../drift/instance-list.ts'
import { operationStates, operationTypes } from '../model/operation.ts'
import { startOf } from '../text/shorten.ts'
import { writtenWholeNumber } from '../text/whole-number.ts'

/** How much a page holds unless `?limit=` says otherwise, and at most. */
const usual = 100
const most = 1000

/** A page: what comes after the one that `?after=` names, at most `?limit=` of them. */
export const pageEntries = {
  after: v.optional(storableText),
  limit: v.optional(writtenWholeNumber(1, most), String(usual)),
}

const filters = ['name', 'space', 'organization', 'plan', 'drift', 'operation', 'upgrade'] as const

/** The query of GET /operator/instances: filters, all of them optional, and a page. */
export function instancesQuery(catalog: Catalog) {
  const oneOf = <const T extends string>(words: readonly T[]) =>
    v.optional(
      v.picklist(
        words,
        ({ input }) => `can't be ${startOf(String(input), 40)}: there are ${words.join(', ')}.`,
      ),
    )
  return v.strictObject(
    {
      name: v.optional(storableText),
      space: v.optional(storableText),
      organization: v.optional(storableText),
      plan: oneOf(catalog.plans.map(({ name }) => name)),
      drift: oneOf([...driftStates, 'unchecked']),
      operation: oneOf([...operationTypes, ...operationStates]),
      upgrade: oneOf(['available', 'none']),
      ...pageEntries,
    },
    `is no filter: there are ${filters.join(', ')}.`,
  )
}

type Filters = Omit<v.InferOutput<ReturnType<typeof instancesQuery>>, 'after' | 'limit'>

/** The filters of a query, as the records know what they are about. */
export function filtersOf({ plan, upgrade, ...same }: Filters, catalog: Catalog): InstanceFilters {
  const planIds = catalog.plans.filter(({ name }) => name === plan).map(({ id }) => id)
  const version = upgrade === 'none' ? { is: maintenanceVersion } : { isNot: maintenanceVersion }
  return {
    ...same,
    ...(plan === undefined ? {} : { planIds }),
    ...(upgrade === undefined ? {} : { maintenanceVersion: version }),
  }
}
