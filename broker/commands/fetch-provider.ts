/**
 * `npm run fetch-provider [-- <directory>]`: puts HashiCorp's AWS provider of AWS_PROVIDER_VERSION, unpacked, into a
 * mirror that AWS_PROVIDER_MIRROR can name; without a directory into the broker's own, in DATA_DIR. It needs a way to
 * the registry, or to what Terraform's own configuration names in its place.
 */
import { resolve } from 'node:path'
import * as v from 'valibot'
import { ownMirror, unpackProvider } from '../platform/provider-mirror.ts'
import { environmentSchema } from '../settings/environment.ts'

try {
  const { DATA_DIR, AWS_PROVIDER_VERSION } = environmentSchema.entries
  const settings = v.parse(v.object({ DATA_DIR, AWS_PROVIDER_VERSION }), process.env)
  const mirror = resolve(process.argv[2] ?? ownMirror(settings))
  await unpackProvider(mirror, settings.AWS_PROVIDER_VERSION)
  process.stdout.write(`AWS_PROVIDER_MIRROR=${mirror} has version ${settings.AWS_PROVIDER_VERSION}.\n`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
