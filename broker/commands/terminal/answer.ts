import { readable, show } from './terminal.ts'

/** Prints an answer: as it is for programs, and safe to show to people. */
export function tell<T>(
  answer: T,
  { json }: { json?: true | undefined },
  print: (answer: T) => string,
): void {
  if (json) tellJson(answer)
  else show(print(readable(answer)))
}

export function tellJson(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
}
