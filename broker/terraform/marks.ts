import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/**
 * The variables that mark every process which an attempt starts, with its work directory and with itself.
 * Children inherit them, also those that make a session of their own, so that nothing of a dead attempt can
 * hide.
 */
const directoryMarker = 'BROKER_WORK_DIRECTORY'
const attemptMarker = 'BROKER_ATTEMPT'
const providerMarker = 'BROKER_PROVIDER'

/** @param attempt `<operation>/<number>`, if it is an attempt's at all */
export function marks(workDirectory: string, attempt?: string): Record<string, string> {
  return { [directoryMarker]: workDirectory, ...(attempt === undefined ? {} : { [attemptMarker]: attempt }) }
}

/** Marks a provider that terraforms are attached to, beside the other marks. */
export const providerMark = { [providerMarker]: '1' }

/** The shell script that cdktf runs in place of terraform. */
export const front = fileURLToPath(new URL('cdktf/terraform', import.meta.url))

export interface MarkedProcess {
  pid: number
  parent: number
  /** Undefined for what is no attempt's, as a drift check. */
  attempt: string | undefined
  isProvider: boolean
  /** The script that stands before terraform. */
  isFront: boolean
}

/** The processes that work on a directory; with an attempt, those of this attempt. */
export function markedProcesses(workDirectory: string, attempt?: string): Promise<MarkedProcess[]> {
  const wanted = Object.entries(marks(workDirectory, attempt)).map(([name, value]) => `${name}=${value}`)
  return platform() === 'linux' ? fromProc(wanted) : fromPs(wanted)
}

async function fromProc(wanted: string[]): Promise<MarkedProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = (await readOf(pid, 'environ')).split('\0')
      if (!wanted.every((mark) => environment.includes(mark))) return []
      const parent = Number(/^PPid:\s+(\d+)/m.exec(await readOf(pid, 'status'))?.[1])
      const markOf = (marker: string) =>
        environment.find((variable) => variable.startsWith(`${marker}=`))?.slice(marker.length + 1)
      return [
        {
          pid: Number(pid),
          parent,
          attempt: markOf(attemptMarker),
          isProvider: markOf(providerMarker) !== undefined,
          isFront: (await readOf(pid, 'cmdline')).split('\0').includes(front),
        },
      ]
    }),
  )
  return found.flat()
}

/** A file of a process in `/proc`; empty where the process is gone in the meantime, or is somebody else's. */
async function readOf(pid: string, file: 'environ' | 'status' | 'cmdline'): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return ''
    throw error
  }
}

/** The processes as `ps` of macOS tells them: it shows the environment of one's own behind the command. */
async function fromPs(wanted: string[]): Promise<MarkedProcess[]> {
  const { stdout } = await execa('ps', ['-AEww', '-o', 'pid=,ppid=,command='])
  return stdout
    .split('\n')
    .filter((line) => wanted.every((mark) => `${line} `.includes(` ${mark} `)))
    .map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number)
      return {
        pid: pid as number,
        parent: parent as number,
        attempt: new RegExp(` ${attemptMarker}=(\\S+)`).exec(line)?.[1],
        isProvider: line.includes(` ${providerMarker}=`),
        isFront: line.includes(`sh ${front} `),
      }
    })
}
