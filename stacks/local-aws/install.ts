import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { awsProvider, providerTarget } from '../aws-provider.ts'

export interface Installation {
  /** A Terraform filesystem mirror, named in the CLI configuration's `provider_installation`. */
  mirrorDirectory: string
  /** Where the service keeps its records, keys and nodes. */
  dataDirectory: string
}

/**
 * Puts the provider into the mirror, at the address and version of HashiCorp's. The same paths give the same
 * bytes: Terraform records the file's hash in every lock file and refuses a changed one. Returns the path of
 * the executable, for whoever wants to start it with `-debug`.
 */
export async function installProvider({ mirrorDirectory, dataDirectory }: Installation): Promise<string> {
  const directory = join(mirrorDirectory, awsProvider.source, awsProvider.version, providerTarget)
  const path = join(directory, `terraform-provider-aws_v${awsProvider.version}`)
  const words = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--import',
    join(import.meta.dirname, '..', 'quick-start.mjs'),
    join(import.meta.dirname, 'main.ts'),
    dataDirectory,
  ]
  await mkdir(directory, { recursive: true })
  const draft = `${path}.${randomUUID()}`
  // Renamed into place: a Terraform that is just starting finds the old file or the new one.
  await writeFile(draft, `#!/bin/sh\nexec ${words.map(shellQuoted).join(' ')} "$@"\n`, {
    mode: 0o755,
  })
  await rename(draft, path)
  return path
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
