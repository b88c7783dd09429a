import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'

/** What a process and its children cost. */
export interface Cost {
  cpuSeconds: number
  /** The largest resident memory that was seen. Undefined where the system does not tell. */
  megabytes?: number | undefined
}

export interface MeasuredRun extends Cost {
  ok: boolean
  stdout: string
  /** Both streams in order. */
  output: string
}

/**
 * Files are for their owner only: a plan holds secrets. The shell outlives a signal to its group, so that it
 * can tell what the run has cost; `times` ends with the line of its children.
 */
const script = `umask 077
trap : TERM INT
nice -n 10 terraform "$@" 3>&-
code=$?
times >&3
exit $code`

/** Milliseconds between two looks at the memory: a plan takes about 100. */
const look = 30

/** Milliseconds that a run gets to end after it has been told to. It reads only, so a kill does no harm. */
const patience = 5000

/** Runs terraform at a low priority and measures it. */
export async function measuredTerraform(
  args: string[],
  options: { cwd: string; environment: Record<string, string | undefined>; signal: AbortSignal },
): Promise<MeasuredRun> {
  options.signal.throwIfAborted()
  const child = execa('sh', ['-c', script, 'sh', ...args], {
    cwd: options.cwd,
    env: options.environment,
    extendEnv: false,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    all: true,
    reject: false,
    detached: true,
    maxBuffer: 50_000_000,
  })
  const stop = async () => {
    signalGroup(child.pid, 'SIGTERM')
    await sleep(patience, undefined, { ref: false })
    signalGroup(child.pid, 'SIGKILL')
  }
  options.signal.addEventListener('abort', stop, { once: true })
  const ended = new AbortController()
  const memory = child.pid === undefined ? undefined : peakMemory(child.pid, ended.signal)
  const result = await child
  options.signal.removeEventListener('abort', stop)
  ended.abort()
  options.signal.throwIfAborted()
  return {
    ok: !result.failed,
    stdout: result.stdout ?? '',
    output: result.all ?? '',
    cpuSeconds: secondsOf(String(result.stdio[3] ?? '')),
    megabytes: await memory,
  }
}

/** Adds up what several runs cost, one after the other. */
export function total(costs: Cost[]): Cost {
  const peaks = costs.flatMap(({ megabytes }) => megabytes ?? [])
  return {
    cpuSeconds: round(costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
    megabytes: peaks.length > 0 ? Math.max(...peaks) : undefined,
  }
}

export const round = (seconds: number) => Math.round(seconds * 100) / 100

/** @param times `0m0.01s 0m0.00s` of the shell, then a line of its children: user and system */
function secondsOf(times: string): number {
  const children = times.trim().split('\n').at(-1) ?? ''
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  return round(parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0))
}

async function peakMemory(pid: number, ended: AbortSignal): Promise<number | undefined> {
  let peak: number | undefined
  while (!ended.aborted) {
    const now = await memoryOfTree(pid)
    if (now !== undefined) peak = Math.max(peak ?? 0, now)
    await sleep(look, undefined, { signal: ended }).catch(() => {})
  }
  return peak
}

/** Linux tells, in `/proc`; other systems don't. */
async function memoryOfTree(pid: number): Promise<number | undefined> {
  try {
    const own = await residentMemory(pid)
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(memoryOfTree))
    return below.reduce<number>((sum, part) => sum + (part ?? 0), own ?? 0)
  } catch {
    return undefined
  }
}

/** Megabytes that a process holds now; undefined when it is gone or the system does not tell. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // It has ended.
  }
}
