import { XMLBuilder } from 'fast-xml-parser'

const builder = new XMLBuilder({ ignoreAttributes: false })

/** An object as AWS writes it: a name each, lists as names that repeat, times as ISO 8601. What is undefined is left out. */
export function xml(content: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${builder.build(JSON.parse(JSON.stringify(content)))}`
}

/** A list: its members under the name that the model has for one. */
export function list(member: string, values: unknown[]): object {
  return values.length > 0 ? { [member]: values } : {}
}
