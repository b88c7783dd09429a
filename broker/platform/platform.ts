import type { Settings } from '../settings.ts'

/** What differs between one machine and AWS. Everything else is the same code and the same stack. */
export interface Platform {
  /** Environment variables of every terraform: where it installs the provider from. */
  environment: Record<string, string>
  /** Where an operator's terraform on this machine finds a provider that no registry has. */
  providerMirror?: string
  /** PEM of the authority that signed the servers' certificates, where clients don't know it already. */
  caCertificate?: string
}

export async function openPlatform({ PLATFORM, DATA_DIR }: Settings): Promise<Platform> {
  return PLATFORM === 'local'
    ? (await import('./local.ts')).openLocalPlatform(DATA_DIR)
    : (await import('./aws.ts')).openAwsPlatform(DATA_DIR)
}
