import { readFile } from 'node:fs/promises'

/** CPU seconds of processes and of all that they have started, by the time that the work is done. */
export async function cpuOf(pids: number[], work: () => Promise<unknown>): Promise<number> {
  const sum = async () => (await Promise.all(pids.map(secondsOf))).reduce((all, one) => all + one, 0)
  const before = await sum()
  await work()
  return (await sum()) - before
}

/** CPU seconds of what this process starts meanwhile and waits for. */
export async function cpuOfChildren(work: () => Promise<unknown>): Promise<number> {
  const before = await ticksOf(process.pid, childrenFields)
  await work()
  return ((await ticksOf(process.pid, childrenFields)) - before) / 100
}

/** Of a process, and those that it has started, as far as they have ended or are its own. */
async function secondsOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const all = [pid, ...children.trim().split(' ').filter(Boolean).map(Number)]
  const ticks = await Promise.all(all.map((one) => ticksOf(one, [...ownFields, ...childrenFields])))
  return ticks.reduce((sum, one) => sum + one, 0) / 100
}

/** Of /proc/<pid>/stat, counted from behind the name: the user and system time of a process, and of its ended children. */
const ownFields = [11, 12]
const childrenFields = [13, 14]

async function ticksOf(pid: number, wanted: number[]): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return wanted.reduce((all, index) => all + Number(fields[index] ?? 0), 0)
}
