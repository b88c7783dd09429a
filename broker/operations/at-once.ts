import { availableParallelism, totalmem } from 'node:os'
import type { Settings } from '../settings/settings.ts'

/**
 * Bytes that an operation takes at its most: terraform and cdktf, and HashiCorp's provider with 610 to 690 MB, or the
 * small one of one machine.
 */
const memoryOfOperation = { aws: 1.2e9, local: 0.8e9 }

/** The size of the machine, in bytes and cores. */
export interface Machine {
  memory: number
  cores: number
}

/** How many operations this process runs at a time, unless the settings say it: a start of the provider fills a core. */
export function operationsAtOnce(
  { PLATFORM, OPERATIONS_AT_ONCE }: Pick<Settings, 'PLATFORM' | 'OPERATIONS_AT_ONCE'>,
  { memory, cores }: Machine = thisMachine(),
): number {
  const fitting = Math.floor(memory / memoryOfOperation[PLATFORM])
  return OPERATIONS_AT_ONCE ?? Math.max(1, Math.min(2 * cores, fitting))
}

/** The memory and the cores of this process: a container may have less memory than its machine. */
function thisMachine(): Machine {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  return { memory, cores: availableParallelism() }
}
