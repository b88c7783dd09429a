/**
 * `npm run fetch-provider [-- <directory>]`: puts HashiCorp's AWS provider of AWS_PROVIDER_VERSION, unpacked, into a
 * mirror that AWS_PROVIDER_MIRROR can name; without a directory into the broker's own, in DATA_DIR. It needs a way to
 * the registry, or to what Terraform's own configuration names in its place.
 */
import { resolve } from 'node:path'
import * as v from 'valibot'
import { environmentSchema } from '../settings/environment.ts'
import { ownMirror, unpackProvider } from '../terraform/provider-mirror.ts'
import { show } from './terminal.ts'
import { asksForHelp, parsedArguments } from './words.ts'

const usage = `npm run fetch-provider [-- <directory>]
      Puts HashiCorp's AWS provider of AWS_PROVIDER_VERSION there, for AWS_PROVIDER_MIRROR to name.
      Without a directory: into DATA_DIR.
`

try {
  await main()
} catch (error) {
  show(`${(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values, positionals } = parsedArguments(process.argv.slice(2), { help: { type: 'boolean' } }, usage)
  const [directory, ...rest] = positionals
  if (values.help || (directory !== undefined && asksForHelp(directory))) return show(usage)
  if (rest.length > 0) throw new Error(`It takes one directory, and no ${rest.join(' ')}.\n\n${usage}`)
  const { DATA_DIR, AWS_PROVIDER_VERSION } = environmentSchema.entries
  const settings = v.parse(v.object({ DATA_DIR, AWS_PROVIDER_VERSION }), process.env)
  const mirror = resolve(directory ?? ownMirror(settings))
  await unpackProvider(mirror, settings.AWS_PROVIDER_VERSION)
  show(`AWS_PROVIDER_MIRROR=${mirror} has version ${settings.AWS_PROVIDER_VERSION}.\n`)
}
