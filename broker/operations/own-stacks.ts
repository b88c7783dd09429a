import type { Database } from '../database/database.ts'
import { stackName } from '../instances/instance.ts'
import { instances } from '../instances/tables.ts'
import type { States } from '../states/states.ts'
import { operations } from './tables.ts'

export interface StacksFound {
  /** Of this broker's instances, also of those that are gone. */
  own: string[]
  /** Of others, such as another broker that keeps its states in the same bucket. */
  others: string[]
}

/** The stacks that have a state there, by whose they are as this broker's records tell. */
export async function findStacks(db: Database, states: States): Promise<StacksFound> {
  const stacks = await states.stacks()
  const known = await ownStacks(db)
  return {
    own: stacks.filter((stack) => known.has(stack)),
    others: stacks.filter((stack) => !known.has(stack)),
  }
}

async function ownStacks(db: Database): Promise<Set<string>> {
  const present = await db.select({ stack: instances.stack }).from(instances)
  // Operations outlive their instances, and so do copies of states that a move left behind.
  const past = await db.selectDistinct({ id: operations.instanceId }).from(operations)
  return new Set([...present.map(({ stack }) => stack), ...past.map(({ id }) => stackName(id))])
}
