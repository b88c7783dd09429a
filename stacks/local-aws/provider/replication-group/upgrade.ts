import type { ObjectValue } from '../../plugin/values.ts'

/** States of older provider versions. Attributes that are gone or new are handled by the schema itself. */
export function upgrade(version: number, state: ObjectValue): ObjectValue {
  const upgraded = { ...state }
  // Version 2 introduced the strategy with a default, which version 3 took back where there is no token.
  if (version < 2) upgraded.auth_token_update_strategy = 'ROTATE'
  if (version < 3 && !upgraded.auth_token) upgraded.auth_token_update_strategy = null
  for (const name of ['at_rest_encryption_enabled', 'auto_minor_version_upgrade']) {
    if (typeof upgraded[name] === 'boolean') upgraded[name] = String(upgraded[name])
  }
  return upgraded
}
