import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import { openOutputs } from '../instances/outputs.ts'
import { type Environment, programEnvironment } from '../terraform/environment.ts'

/** The secrets that terraform and cdktf get in their environment. */
const secretVariables = [
  'TF_HTTP_PASSWORD',
  'PG_CONN_STR',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
]

/** The secrets that programs which work on an instance may print. */
export function knownSecrets(
  keyRing: KeyRing,
  instance: Instance,
  stateAccess: Record<string, string>,
): string[] {
  const environment: Environment = { ...programEnvironment(), ...stateAccess }
  const given = secretVariables.flatMap((name) => environment[name] ?? [])
  return [...given, ...passwordsIn(environment.PG_CONN_STR), ...passwordsOf(keyRing, instance)]
}

/** The password alone, as it stands in the URL and as the server knows it. */
function passwordsIn(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return []
  const { password } = new URL(url)
  return [password, decodeURIComponent(password)]
}

/**
 * The passwords that are on record. None where they can't be opened, as with a wrong key: that must not keep anybody
 * from deleting the instance.
 */
function passwordsOf(keyRing: KeyRing, instance: Instance): string[] {
  try {
    const { current, previous, pending } = openAuthTokens(keyRing, instance)
    const outputs = openOutputs(keyRing, instance)
    const all = [outputs?.password, current?.value, previous?.value, pending?.token.value]
    return all.filter((password) => password !== undefined)
  } catch {
    return []
  }
}
