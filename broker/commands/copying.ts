import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { Way } from '../dumps/connection.ts'
import { lineOf, type Tell } from '../dumps/progress.ts'
import { command } from './command.ts'
import { LiveLine } from './terminal/live-line.ts'

/** A command that speaks to a Redis with a service key. */
export const copying = (name: string, summary: string) =>
  command(name, summary)
    .requiredOption(
      '--credentials <file>',
      'What "cf service-key <instance> <key>" prints, in a file, or - for standard input.',
    )
    .option('--host <host>', 'Another address than that of the key, such as 127.0.0.1 for a tunnel.')
    .option('--port <port>', 'Another port than that of the key.', port)
    .option(
      '--insecure',
      'Take any certificate. By default it has to be that of the Redis, through a tunnel too.',
    )

function port(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('It is a number from 1 to 65535.')
  }
  return number
}

export const wayOf = ({ host, port, insecure }: Way): Way => ({ host, port, insecure })

/** Seconds between two lines where there is no terminal to change one. */
const quiet = 10

/** Shows on standard error how far something is. */
export async function tellProgress<T>(work: (tell: Tell) => Promise<T>): Promise<T> {
  const line = new LiveLine()
  const begun = performance.now()
  let unit = ''
  let since = begun
  let shown = begun
  try {
    return await work((progress) => {
      const now = performance.now()
      // The rate is that of one thing: keys are not bytes.
      if (progress.unit !== unit) since = now
      unit = progress.unit
      const often = process.stderr.isTTY ? 0.2 : quiet
      if (now - shown < often * 1000) return
      shown = now
      line.tell(lineOf(progress, (now - since) / 1000))
    })
  } finally {
    line.clear()
  }
}
