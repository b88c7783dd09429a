/**
 * The plugin's program. Terraform starts it through the script that `installProvider` writes; with `-debug`
 * it serves any number of Terraform runs, as HashiCorp's providers do.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { awsProvider as hashicorps } from '../aws-provider.ts'
import { serve } from './plugin/serve.ts'
import { awsProvider } from './provider/aws.ts'
import { pemFile } from './secret-file.ts'
import { openElastiCache } from './service/elasticache.ts'
import { withInjections } from './service/injection.ts'

async function main(dataDirectory: string, words: string[]): Promise<void> {
  const { values } = parseArgs({
    // Providers are written in Go, where one dash makes a flag.
    args: words.map((word) => word.replace(/^-(?=\w)/, '--')),
    options: { debug: { type: 'boolean', default: false } },
  })
  await serve(awsProvider(withInjections(openElastiCache(dataDirectory), true)), {
    address: hashicorps.source,
    debug: values.debug,
    identity: () =>
      pemFile(join(dataDirectory, 'plugin.pem'), async () => {
        const { makeCertificate } = await import('./certificates.ts')
        return makeCertificate({ commonName: 'localhost', authority: true, dnsNames: ['localhost'] })
      }),
  })
}

const [dataDirectory, ...words] = process.argv.slice(2)
await main(dataDirectory as string, words)
