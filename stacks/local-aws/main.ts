import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * The plugin's program. Terraform starts it through the script that `installProvider` writes; with `-debug`
 * it serves any number of Terraform runs, as HashiCorp's providers do.
 */
const { values } = parseArgs({
  // Providers are written in Go, where one dash makes a flag.
  args: process.argv.slice(2).map((argument) => argument.replace(/^-(?=\w)/, '--')),
  options: { 'data-dir': { type: 'string' }, debug: { type: 'boolean', default: false } },
})
const directory = values['data-dir']
if (!directory) throw new Error('--data-dir is missing: the directory that the service keeps its data in.')
enableCompileCache(join(directory, 'compile-cache'))

// Only from here on, so that the cache serves what follows.
const [{ serve }, { awsProvider }, { openElastiCache }, { withInjections }, { pemFile }] = await Promise.all([
  import('./plugin/serve.ts'),
  import('./provider/aws.ts'),
  import('./service/elasticache.ts'),
  import('./service/injection.ts'),
  import('./secret-file.ts'),
])

await serve(awsProvider(withInjections(openElastiCache(directory))), {
  address: 'registry.terraform.io/hashicorp/aws',
  debug: values.debug,
  identity: () =>
    pemFile(join(directory, 'plugin.pem'), async () => {
      const { makeCertificate } = await import('./certificates.ts')
      return makeCertificate({ commonName: 'localhost', authority: true, dnsNames: ['localhost'] })
    }),
})
