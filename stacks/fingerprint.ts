import { createHash } from 'node:crypto'
import { App } from './cdktf.ts'
import { RedisStack, type RedisStackSpec } from './redis-stack.ts'

/**
 * Tells one stack from another, as they are rendered: what Terraform would find to do is the same for two of the same
 * fingerprint. Where the state lives is no part of it.
 * @param directory cdktf makes its own there, and leaves it empty
 */
export function stackFingerprint(spec: RedisStackSpec, directory: string): string {
  const stack = new RedisStack(new App({ outdir: directory }), spec)
  const { terraform, '//': _metadata, ...rest } = stack.toTerraform()
  const { backend: _backend, ...settings } = terraform
  return createHash('sha256')
    .update(JSON.stringify({ ...rest, terraform: settings }))
    .digest('base64')
}
