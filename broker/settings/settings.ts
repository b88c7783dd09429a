import type { Login } from '../../state-backend/logins/logins.ts'
import type { Environment } from './environment.ts'

/** Who signs in; the settings of a login begin with it. */
export type Role = 'BROKER' | 'OPERATOR' | 'READER'

/** All settings, checked and with their defaults. */
export interface Settings
  extends Omit<Environment, 'HOST' | `${Role}_${'USERNAME' | 'PASSWORD' | 'PASSWORD_PREVIOUS'}`> {
  HOST: string
  AWS_REGION: string
  SUBNET_GROUP: string
  SECURITY_GROUPS: string[]
  TAG_BROKER: string
  broker: Login
  /** Absent: nobody may use the operators' part. */
  operator: Login | undefined
  /** For operators who may only look. */
  reader: Login | undefined
}

/** Settings with which the broker can't start: a line for each wrong one. */
export class SettingsError extends Error {}
