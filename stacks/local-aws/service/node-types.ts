import { Fault } from './faults.ts'

/** The memory of a node in bytes, as AWS's default parameter groups name it for the type. */
const nodeTypes: Record<string, number> = {
  'cache.t3.micro': 536_870_912,
  'cache.t3.small': 1_471_026_299,
  'cache.t3.medium': 3_317_862_236,
  'cache.t4g.micro': 536_870_912,
  'cache.t4g.small': 1_471_026_299,
  'cache.t4g.medium': 3_317_862_236,
  'cache.m6g.large': 6_854_542_746,
  'cache.m6g.xlarge': 13_891_921_715,
  'cache.r6g.large': 14_037_181_030,
  'cache.r6g.xlarge': 28_261_849_702,
}

/** `maxmemory` in bytes. @param reserved the share that is kept for replication and snapshots */
export function maxmemoryOf(nodeType: string, reserved: number): number {
  const memory = nodeTypes[nodeType]
  if (memory === undefined) {
    throw new Fault('InvalidParameterValue', `Invalid Cache Node Type: ${nodeType}.`)
  }
  return Math.floor(memory * (1 - reserved))
}
