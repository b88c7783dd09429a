import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** The cost of a process and its children. */
export interface Cost {
  cpuSeconds: number
  /** The largest resident memory that was seen. Undefined where the system does not tell. */
  megabytes?: number | undefined
}

/** Milliseconds between two looks at the memory: a plan takes about 100. */
const interval = 30

/** Clock ticks of `/proc/<pid>/stat`: the same 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Adds up what several runs cost, one after the other. */
export function total(costs: Cost[]): Cost {
  const peaks = costs.flatMap(({ megabytes }) => megabytes ?? [])
  return {
    cpuSeconds: hundredths(costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
    megabytes: peaks.length > 0 ? Math.max(...peaks) : undefined,
  }
}

/** @param times as a shell prints them: `0m0.01s 0m0.00s` of its own, then a line of its children: user and system */
export function childrenSeconds(times: string): number {
  const children = times.trim().split('\n').at(-1) ?? ''
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  return hundredths(
    parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0),
  )
}

/** The most that a process and all below it hold at a time, until the signal tells of its end. */
export async function peakMemory(pid: number, ended: AbortSignal): Promise<number | undefined> {
  let peak: number | undefined
  while (!ended.aborted) {
    const now = await memoryOfTree(pid)
    if (now !== undefined) peak = Math.max(peak ?? 0, now)
    await sleep(interval, undefined, { signal: ended }).catch(() => {})
  }
  return peak
}

/** The cost of a running process so far, without its children; undefined when the system does not tell. */
export async function costOf(pid: number): Promise<Cost | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The name, in brackets, may hold anything; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuSeconds: hundredths(ticks / ticksPerSecond), megabytes: await residentMemory(pid) }
}

/** The memory of a process and of all below it, which Linux tells in `/proc` and other systems don't. */
async function memoryOfTree(pid: number): Promise<number | undefined> {
  try {
    const own = await residentMemory(pid)
    const below = await Promise.all((await childrenOf(pid)).map(memoryOfTree))
    return below.reduce<number>((sum, part) => sum + (part ?? 0), own ?? 0)
  } catch {
    return undefined
  }
}

/** Linux lists a child with the thread that started it, and programs in Go start theirs from any. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/** Megabytes that a process holds now; undefined when it is gone or the system does not tell. */
async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
}

/** Rounds to hundredths: CPU times are measured no finer. */
export const hundredths = (seconds: number) => Math.round(seconds * 100) / 100
