import { execFileSync } from 'node:child_process'
import { vi } from 'vitest'
import type { TestBroker } from '../../support/broker.ts'

/** A behaviour of the local AWS with which every plan waits: the tags of a group are never told. */
export const plansWait = {
  faults: [{ call: 'listTagsForResource', fault: 'InvalidReplicationGroupState' as const, times: 1_000_000 }],
}

export async function untilPlanned(broker: TestBroker): Promise<void> {
  await vi.waitUntil(() => processes(broker, 'terraform plan').length > 0, {
    timeout: 60_000,
    interval: 50,
  })
}

/** The processes on a broker's data directory whose command line holds a word. */
export function processes({ dataDirectory }: TestBroker, word: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.includes(dataDirectory) && line.includes(word))
}
