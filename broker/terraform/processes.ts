import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'

/**
 * The variables that mark every process which an attempt starts, with its work directory and with itself.
 * Children inherit them, also those that make a session of their own, so that nothing of a dead attempt can
 * hide.
 */
const directoryMarker = 'BROKER_WORK_DIRECTORY'
const attemptMarker = 'BROKER_ATTEMPT'

/** @param attempt `<operation>/<number>`, if it is an attempt's at all */
export function marks(workDirectory: string, attempt?: string): Record<string, string> {
  return { [directoryMarker]: workDirectory, ...(attempt === undefined ? {} : { [attemptMarker]: attempt }) }
}

interface Process {
  pid: number
  parent: number
  /** Undefined for what is no attempt's, as a drift check. */
  attempt: string | undefined
}

/** Seconds that terraform gets to write its state and unlock once it has been told to stop. */
export const stopGraceSeconds = 30

/** Seconds that the system gets to take what was killed away. */
const killSeconds = 30

/**
 * Ends what runs on a work directory. Only processes that carry the directory's mark are signalled, and at first
 * only the outermost: they pass it on, and terraform writes its state and unlocks. A second signal would make
 * terraform drop everything, so what is left when the grace is over is killed. What another attempt starts
 * meanwhile is left alone.
 *
 * @param attempt ends this attempt's processes only: another one may have the directory by now
 * @returns how many processes there were
 */
export async function endProcesses(
  workDirectory: string,
  graceSeconds: number,
  attempt?: string,
): Promise<number> {
  const wanted = Object.entries(marks(workDirectory, attempt)).map(([name, value]) => `${name}=${value}`)
  const marked = () => (platform() === 'linux' ? fromProc(wanted) : fromPs(wanted))
  const found = await marked()
  const pids = new Set(found.map(({ pid }) => pid))
  const attempts = new Set(found.map((process) => process.attempt))
  for (const { pid, parent } of found) if (!pids.has(parent)) signal(pid, 'SIGTERM')
  const deadline = Date.now() + graceSeconds * 1000
  for (
    let left = found;
    left.length > 0;
    left = (await marked()).filter((one) => attempts.has(one.attempt))
  ) {
    if (Date.now() > deadline + killSeconds * 1000) {
      throw new Error(`Processes can't be ended: ${left.map(({ pid }) => pid).join(', ')}`)
    }
    if (Date.now() > deadline) for (const { pid } of left) signal(pid, 'SIGKILL')
    await sleep(100)
  }
  return found.length
}

async function fromProc(wanted: string[]): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = (await readOf(pid, 'environ')).split('\0')
      if (!wanted.every((mark) => environment.includes(mark))) return []
      const parent = Number(/^PPid:\s+(\d+)/m.exec(await readOf(pid, 'status'))?.[1])
      const mark = environment.find((variable) => variable.startsWith(`${attemptMarker}=`))
      return [{ pid: Number(pid), parent, attempt: mark?.slice(attemptMarker.length + 1) }]
    }),
  )
  return found.flat()
}

/** Nothing of a process that is gone in the meantime, or somebody else's. */
async function readOf(pid: string, file: 'environ' | 'status'): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return ''
    throw error
  }
}

/** macOS shows the environment of one's own processes behind the command. */
async function fromPs(wanted: string[]): Promise<Process[]> {
  const { stdout } = await execa('ps', ['-AEww', '-o', 'pid=,ppid=,command='])
  return stdout
    .split('\n')
    .filter((line) => wanted.every((mark) => `${line} `.includes(` ${mark} `)))
    .map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number)
      const attempt = new RegExp(` ${attemptMarker}=(\\S+)`).exec(line)?.[1]
      return { pid: pid as number, parent: parent as number, attempt }
    })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}
