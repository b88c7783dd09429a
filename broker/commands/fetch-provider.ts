import { resolve } from 'node:path'
import * as v from 'valibot'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'

/**
 * Puts HashiCorp's AWS provider, unpacked, into a mirror. It needs a way to the registry, or to what Terraform's own
 * configuration names in its place.
 */
export const fetchProvider = () =>
  command(
    'fetch-provider',
    "Gets HashiCorp's AWS provider. It comes in the version of AWS_PROVIDER_VERSION, into a directory for AWS_PROVIDER_MIRROR to name.",
  )
    .argument('[directory]', 'Where to. By default in DATA_DIR, where the broker finds it.')
    .action(async (directory, options) => {
      const { environmentSchema } = await import('../settings/environment.ts')
      const { wrongSettings } = await import('../settings/read.ts')
      const { ownMirror, unpackProvider } = await import('../terraform/provider-mirror.ts')
      const { DATA_DIR, AWS_PROVIDER_VERSION } = environmentSchema.entries
      const read = v.safeParse(v.object({ DATA_DIR, AWS_PROVIDER_VERSION }), process.env)
      if (!read.success) throw wrongSettings(read.issues, process.env)
      const settings = read.output
      const mirror = resolve(directory ?? ownMirror(settings))
      const version = settings.AWS_PROVIDER_VERSION
      await unpackProvider(mirror, version)
      tell(
        { mirror, version },
        options,
        (done) => `AWS_PROVIDER_MIRROR=${done.mirror} has version ${done.version}.\n`,
      )
    })
