import { tellJson } from '../terminal/answer.ts'
import { readable, show } from '../terminal/terminal.ts'
import type { Client, Operation } from './client.ts'
import { type Waiting, waitFor } from './wait.ts'

interface Options extends Waiting {
  json?: true | undefined
}

/**
 * Tells of an operation that was queued, and waits for it where the options say so. JSON comes last, with the
 * operation as it is then.
 */
export async function tellQueued<Answer extends { operation: Operation | null }>(
  client: Client,
  answer: Answer,
  options: Options,
  print: (answer: Answer) => string,
): Promise<void> {
  if (!options.json) show(print(readable(answer)))
  const operation = answer.operation && (await waitFor(client, answer.operation, options))
  if (options.json) tellJson({ ...answer, operation })
}
