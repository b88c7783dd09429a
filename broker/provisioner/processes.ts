import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'

/**
 * The variable that marks every process which an attempt starts with its work directory. Children inherit
 * it, also those that make a session of their own, so that nothing of a dead attempt can hide.
 */
export const attemptMarker = 'BROKER_WORK_DIRECTORY'

interface Process {
  pid: number
  parent: number
}

/**
 * Ends what an attempt left running on a work directory. Only processes that carry the directory's mark
 * are signalled, and at first only the outermost: they pass it on, and terraform writes its state and
 * unlocks. A second signal would make terraform drop everything, so what is left when the patience is
 * over is killed.
 *
 * @returns how many processes there were
 */
export async function endProcesses(workDirectory: string, patienceSeconds: number): Promise<number> {
  const found = await marked(workDirectory)
  const pids = new Set(found.map(({ pid }) => pid))
  for (const { pid, parent } of found) if (!pids.has(parent)) signal(pid, 'SIGTERM')
  const deadline = Date.now() + patienceSeconds * 1000
  for (let left = found; left.length > 0; left = await marked(workDirectory)) {
    if (Date.now() > deadline) for (const { pid } of left) signal(pid, 'SIGKILL')
    await sleep(100)
  }
  return found.length
}

async function marked(workDirectory: string): Promise<Process[]> {
  const mark = `${attemptMarker}=${workDirectory}`
  return platform() === 'linux' ? fromProc(mark) : fromPs(mark)
}

async function fromProc(mark: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
        if (!environment.split('\0').includes(mark)) return []
        const status = await readFile(`/proc/${pid}/status`, 'utf8')
        return [{ pid: Number(pid), parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) }]
      } catch {
        return [] // gone in the meantime, or somebody else's
      }
    }),
  )
  return found.flat()
}

/** macOS shows the environment of one's own processes behind the command. */
async function fromPs(mark: string): Promise<Process[]> {
  const { stdout } = await execa('ps', ['-AEww', '-o', 'pid=,ppid=,command='])
  return stdout
    .split('\n')
    .filter((line) => `${line} `.includes(` ${mark} `))
    .map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number)
      return { pid: pid as number, parent: parent as number }
    })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}
