import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So much may pile up. */
const keysBetween = 25_000
const bytesBetween = 50_000_000

/**
 * Keeps the memory flat, however much there is to copy: V8 lets what is done with pile up for as long as the machine
 * has memory.
 * @returns to be called after each batch
 */
export function flatMemory(): (keys: number, bytes: number) => void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  let sum = { keys: 0, bytes: 0 }
  return (keys, bytes) => {
    sum = { keys: sum.keys + keys, bytes: sum.bytes + bytes }
    if (sum.keys < keysBetween && sum.bytes < bytesBetween) return
    sum = { keys: 0, bytes: 0 }
    collect()
  }
}
