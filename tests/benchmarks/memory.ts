import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestBroker } from '../support/broker.ts'
import { programs } from '../support/processes.ts'

/** Looks how much memory cdktf holds, with the shell in front of terraform, until the end. */
export function cdktfMemory(broker: TestBroker): { end(): Promise<number> } {
  let ended = false
  const looking = (async () => {
    let peak = 0
    while (!ended) {
      const sizes = programs(join(broker.dataDirectory, 'work'), 'cdktf').map(residentMegabytes)
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

function residentMegabytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
