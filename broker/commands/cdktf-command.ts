import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** As stacks are named. */
export const stackName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** cdktf starts the app through a shell, or two. */
const generations = 6

/** A cdktf command and its stacks. */
export interface CdktfCommand {
  /** Such as `deploy`; undefined when the command was not found. */
  verb: string | undefined
  /** The stacks that it names. None when it names none, as `cdktf list`: then all are meant. */
  stacks: string[]
}

/**
 * The cdktf command around this process. cdktf does not tell its app what it was asked for, but its own command
 * line does, which is a few generations up.
 */
export function cdktfCommand(): CdktfCommand {
  for (let pid = process.ppid, i = 0; pid > 1 && i < generations; i++) {
    const { words, parent } = look(pid)
    const program = words.findIndex((word) => /(^|\/)cdktf(\.js)?$/.test(word))
    if (program >= 0) {
      const given = words.slice(program + 1)
      const verb = given.find((word) => !word.startsWith('-'))
      return { verb, stacks: [...new Set(given.filter((word) => stackName.test(word)))] }
    }
    pid = parent
  }
  return { verb: undefined, stacks: [] }
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
