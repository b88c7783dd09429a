import type { Settings } from '../settings/settings.ts'
import type { Platform } from './platform.ts'

/** Opens the platform of the settings. Of the other one nothing is loaded. */
export async function openPlatform(settings: Settings): Promise<Platform> {
  return settings.PLATFORM === 'local'
    ? (await import('./local.ts')).openLocalPlatform(settings)
    : (await import('./aws.ts')).openAwsPlatform(settings)
}
