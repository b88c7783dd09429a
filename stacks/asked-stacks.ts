import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** As stacks are named. */
const stackName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** cdktf starts the app through a shell, or two. */
const generations = 6

/**
 * The stacks that the cdktf command around this process was asked for. cdktf does not tell its app, but its own
 * command line does, which is a few generations up. None when it names none, as `cdktf list`: then all are meant.
 */
export function askedStacks(): string[] {
  for (let pid = process.ppid, i = 0; pid > 1 && i < generations; i++) {
    const { words, parent } = look(pid)
    if (words.some((word) => /(^|\/)cdktf(\.js)?$/.test(word))) {
      return [...new Set(words.filter((word) => stackName.test(word)))]
    }
    pid = parent
  }
  return []
}

function look(pid: number): { words: string[]; parent: number } {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { words, parent: Number(parent) }
  } catch {
    return lookWithPs(pid)
  }
}

/** Where there is no `/proc`. */
function lookWithPs(pid: number): { words: string[]; parent: number } {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    const [parent, ...words] = line.split(/\s+/)
    return { words, parent: Number(parent) }
  } catch {
    return { words: [], parent: 0 }
  }
}
