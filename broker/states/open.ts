import type { StateBackend } from '../../state-backend/index.ts'
import type { Log } from '../logging/log.ts'
import type { StateKind } from '../model/state-kind.ts'
import { type Settings, SettingsError } from '../settings/settings.ts'
import { httpStates } from './http.ts'
import { pgStates } from './pg.ts'
import type { States } from './states.ts'

type StateSettings = Pick<
  Settings,
  | 'AWS_REGION'
  | 'STATE_S3_BUCKET'
  | 'STATE_S3_REGION'
  | 'STATE_S3_PREFIX'
  | 'STATE_S3_KMS_KEY'
  | 'STATE_S3_ENDPOINT'
  | 'STATE_S3_PATH_STYLE'
  | 'STATE_PG_URL'
  | 'STATE_PG_SCHEMA_PREFIX'
>

export interface StatesOptions {
  settings: StateSettings
  backend: StateBackend
  /** Where terraform reaches the states of `backend`. */
  httpUrl: string
  log: Log
}

/** @throws SettingsError when the settings of this kind are missing */
export async function openStates(
  kind: StateKind,
  { settings, backend, httpUrl, log }: StatesOptions,
): Promise<States> {
  const needed = (name: 'STATE_S3_BUCKET' | 'STATE_PG_URL'): string => {
    const value = settings[name]
    if (!value) throw new SettingsError(`${name} must be set for states in ${kind}`)
    return value
  }
  switch (kind) {
    case 'http':
      return httpStates(backend, httpUrl)
    case 's3': {
      const bucket = needed('STATE_S3_BUCKET')
      // The client of S3 takes 0.04 CPU s to load: only for those who have states there.
      const { s3States } = await import('./s3.ts')
      return s3States({
        bucket,
        region: settings.STATE_S3_REGION ?? settings.AWS_REGION,
        prefix: settings.STATE_S3_PREFIX,
        kmsKey: settings.STATE_S3_KMS_KEY,
        endpoint: settings.STATE_S3_ENDPOINT,
        pathStyle: settings.STATE_S3_PATH_STYLE,
        log,
      })
    }
    case 'pg':
      return pgStates({ url: needed('STATE_PG_URL'), schemaPrefix: settings.STATE_PG_SCHEMA_PREFIX, log })
  }
}
