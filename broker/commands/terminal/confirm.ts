import { createInterface } from 'node:readline/promises'
import { lines } from './terminal.ts'

/**
 * Asks whether it is meant, unless `--yes` says so. Without a terminal nobody can answer: then it is refused.
 * @param loss what would be done and cannot be undone, as a sentence
 * @throws Error when it is not meant
 */
export async function confirm(loss: string, { yes }: { yes?: true | undefined }): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) {
    throw new Error(`${loss} Nothing was done: give --yes if that is meant.`)
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await asking.question(`${lines(loss)} Go on? (yes/no) `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Nothing was done.')
  } finally {
    asking.close()
  }
}
