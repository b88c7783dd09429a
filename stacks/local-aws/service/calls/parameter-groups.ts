import { transaction } from '../database.ts'
import { FAMILIES } from '../engine-versions.ts'
import { Fault } from '../faults.ts'
import {
  findParameterGroup,
  getParameterGroup,
  isDefault,
  listParameterGroups,
  type ParameterGroup,
  removeParameterGroup,
  saveParameterGroup,
} from '../parameter-groups.ts'
import { checkParameters } from '../parameters.ts'
import { listGroups } from '../records.ts'
import { changeGroup, type Service } from '../service.ts'
import { checkTags } from '../tag-rules.ts'
import type { Tags } from '../types.ts'

export interface NewParameterGroup {
  name: string
  family: string
  description: string
  region: string
  tags?: Tags
}

interface Named {
  name: string
}

export function createParameterGroup({ database }: Service, request: NewParameterGroup): ParameterGroup {
  const { region, description, tags = {} } = request
  const name = request.name.toLowerCase()
  const family = FAMILIES.find((one) => one === request.family)
  if (!/^[a-z](-?[a-z0-9])*$/.test(name) || name.length > 255) {
    throw new Fault(
      'InvalidParameterValue',
      `${name} is not a valid name: letters, digits and single hyphens.`,
    )
  }
  if (!family) {
    throw new Fault(
      'InvalidParameterValue',
      `CacheParameterGroupFamily ${request.family} is not a valid family.`,
    )
  }
  checkTags(tags)
  return transaction(database, () => {
    if (findParameterGroup(database, name)) {
      throw new Fault('CacheParameterGroupAlreadyExists', `A parameter group ${name} already exists.`)
    }
    const group = { name, family, description, region, values: {}, tags }
    saveParameterGroup(database, group)
    return group
  })
}

/** One, or all. */
export function describeParameterGroups({ database }: Service, { name }: Partial<Named>): ParameterGroup[] {
  return name === undefined ? listParameterGroups(database) : [getParameterGroup(database, name)]
}

/** The nodes that use it follow at once. */
export function modifyParameterGroup(
  service: Service,
  { name, values }: Named & { values: Record<string, string> },
): Promise<void> {
  checkParameters(values)
  return change(service, name, (before) => ({ ...before, ...values }))
}

/** Back to AWS's values. @param names all of them by default */
export function resetParameterGroup(
  service: Service,
  { name, names }: Named & { names?: string[] },
): Promise<void> {
  return change(service, name, (before) =>
    Object.fromEntries(Object.entries(before).filter(([one]) => names && !names.includes(one))),
  )
}

export function deleteParameterGroup({ database }: Service, { name }: Named): void {
  transaction(database, () => {
    const group = own(getParameterGroup(database, name))
    if (usersOf({ database }, group).length > 0) {
      throw new Fault(
        'InvalidCacheParameterGroupState',
        `One or more cache clusters are still members of this parameter group ${group.name}, so the group cannot be deleted.`,
      )
    }
    removeParameterGroup(database, group.name)
  })
}

/** First the record. Whoever dies in between leaves groups that differ from it, which the next look puts right. */
async function change(
  service: Service,
  name: string,
  values: (before: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const { database } = service
  const group = transaction(database, () => {
    const before = own(getParameterGroup(database, name))
    const after = { ...before, values: values(before.values) }
    saveParameterGroup(database, after)
    return after
  })
  await Promise.all(usersOf(service, group).map(({ id }) => changeGroup(service, id, () => {})))
}

function usersOf({ database }: Pick<Service, 'database'>, { name }: ParameterGroup) {
  return listGroups(database).filter(
    ({ settings, pending }) =>
      settings.cacheParameterGroupName === name || pending.cacheParameterGroupName === name,
  )
}

function own(group: ParameterGroup): ParameterGroup {
  if (!isDefault(group.name)) return group
  throw new Fault(
    'InvalidParameterValue',
    `The parameter group ${group.name} is AWS's own and can't be changed.`,
  )
}
