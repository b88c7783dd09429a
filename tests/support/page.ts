import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The commands in a section of a page of `docs/`: of each of its blocks of `sh`, the lines. */
export function commandsOf(page: string, heading: string): string[][] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
  const section = text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`${page} has no section ${heading}`)
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) =>
    (block as string).trim().split('\n'),
  )
}
