import { readdirSync, readFileSync } from 'node:fs'

export type ProgramName = 'cdktf' | 'terraform' | 'plugin'

/** The processes that run for attempts below a directory: a data directory, or the work directory of one stack. */
export function programs(directory: string, name?: ProgramName): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        if (!environment.includes(`BROKER_WORK_DIRECTORY=${directory}`)) return false
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return name === undefined || programOf(words) === name
      } catch {
        return false // ended in the meantime
      }
    })
}

/** @returns whether it was still there */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function programOf(words: string[]): ProgramName | undefined {
  if (words.some((word) => word.includes('local-aws/main.ts'))) return 'plugin'
  if (words.some((word) => /bin\/cdktf$/.test(word))) return 'cdktf'
  return /(^|\/)terraform$/.test(words[0] ?? '') ? 'terraform' : undefined
}
