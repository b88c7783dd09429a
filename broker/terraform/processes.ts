import { setTimeout as sleep } from 'node:timers/promises'
import { type MarkedProcess, markedProcesses } from './marks.ts'

/** Seconds that terraform gets to write its state and unlock once it has been told to stop. */
export const stopGraceSeconds = 30

/** Seconds that the system gets to take what was killed away. */
const killSeconds = 30

/**
 * Ends what runs on a work directory. Only processes that carry the directory's mark are signalled, and at first
 * only the outermost: they pass it on, and terraform writes its state and unlocks, for which it needs its provider. A
 * second signal would make terraform drop everything, so what is left when the grace is over is killed. What another
 * attempt starts meanwhile is left alone.
 *
 * @param attempt ends this attempt's processes only: another one may have the directory by now
 * @returns how many processes there were
 */
export async function endProcesses(
  workDirectory: string,
  graceSeconds: number,
  attempt?: string,
): Promise<number> {
  const found = await markedProcesses(workDirectory, attempt)
  const attempts = new Set(found.map((process) => process.attempt))
  for (const { pid } of outermost(found)) signal(pid, 'SIGTERM')
  const deadline = Date.now() + graceSeconds * 1000
  let left = found
  while (left.length > 0) {
    if (Date.now() > deadline + killSeconds * 1000) {
      throw new Error(`Processes can't be ended: ${left.map(({ pid }) => pid).join(', ')}`)
    }
    if (Date.now() > deadline) for (const { pid } of left) signal(pid, 'SIGKILL')
    // Nobody is attached any more.
    else if (left.every(({ isProvider }) => isProvider)) for (const { pid } of left) signal(pid, 'SIGTERM')
    await sleep(100)
    left = (await markedProcesses(workDirectory, attempt)).filter((one) => attempts.has(one.attempt))
  }
  return found.length
}

/** The processes to signal: the shell in front of terraform passes no signal on, so it is passed over. */
function outermost(processes: MarkedProcess[]): MarkedProcess[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  const above = ({ parent }: MarkedProcess): MarkedProcess | undefined => {
    const found = byPid.get(parent)
    return found?.isFront ? above(found) : found
  }
  return processes.filter((one) => !one.isFront && !one.isProvider && !above(one))
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}
