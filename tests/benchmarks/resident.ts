import { readFileSync } from 'node:fs'

/** The memory that a process has of its own, and shares. @throws Error when it does not run */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
}
