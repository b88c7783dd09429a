import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestBroker } from '../support/broker.ts'
import { programs } from '../support/processes.ts'
import { residentMegabytes } from './resident.ts'

/** Looks how much memory cdktf holds, with the shell in front of terraform, until the end. */
export function cdktfMemory(broker: TestBroker): { end(): Promise<number> } {
  let ended = false
  const looking = (async () => {
    let peak = 0
    while (!ended) {
      const sizes = programs(join(broker.dataDirectory, 'work'), 'cdktf').map(megabytesOf)
      peak = Math.max(
        peak,
        sizes.reduce((sum, one) => sum + one, 0),
      )
      await sleep(100)
    }
    return peak
  })()
  return {
    end() {
      ended = true
      return looking
    },
  }
}

/** 0 of one that has ended since it was found. */
function megabytesOf(pid: number): number {
  try {
    return residentMegabytes(pid)
  } catch {
    return 0
  }
}
