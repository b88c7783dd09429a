const named = /^(?<operation>.+)\/(?<number>\d+)$/

/** An attempt is named `<operation>/<number>`; undefined for any other name. */
export function parseAttempt(attempt: string): { operation: string; number: number } | undefined {
  const { operation = '', number } = named.exec(attempt)?.groups ?? {}
  return number === undefined ? undefined : { operation, number: Number(number) }
}

/** Whether it came after the other one. Attempts at different operations have no order that their names tell. */
export function isNewer(attempt: string, than: string): boolean {
  const [one, other] = [parseAttempt(attempt), parseAttempt(than)]
  return one !== undefined && one.operation === other?.operation && one.number > other.number
}
