import type { StateBackend } from '../../state-backend/index.ts'
import type { Log } from '../logging/log.ts'
import type { StateKind } from '../model/state-kind.ts'
import { type Settings, SettingsError } from '../settings/settings.ts'
import { httpStates } from './http.ts'
import { pgStates } from './pg.ts'
import { s3States } from './s3.ts'
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
export function openStates(kind: StateKind, { settings, backend, httpUrl, log }: StatesOptions): States {
  const needed = (name: 'STATE_S3_BUCKET' | 'STATE_PG_URL'): string => {
    const value = settings[name]
    if (!value) throw new SettingsError(`${name} must be set for states in ${kind}`)
    return value
  }
  switch (kind) {
    case 'http':
      return httpStates(backend, httpUrl)
    case 's3':
      return s3States({
        bucket: needed('STATE_S3_BUCKET'),
        region: settings.STATE_S3_REGION ?? settings.AWS_REGION,
        prefix: settings.STATE_S3_PREFIX,
        kmsKey: settings.STATE_S3_KMS_KEY,
        endpoint: settings.STATE_S3_ENDPOINT,
        pathStyle: settings.STATE_S3_PATH_STYLE,
        log,
      })
    case 'pg':
      return pgStates({ url: needed('STATE_PG_URL'), schemaPrefix: settings.STATE_PG_SCHEMA_PREFIX, log })
  }
}
