import { createHash } from 'node:crypto'
import { loadStacks } from './load.ts'
import type { RedisStackSpec } from './redis-stack-spec.ts'

/**
 * Tells one stack from another, as they are rendered: what Terraform would find to do is the same for two of the same
 * fingerprint. Where the state lives is no part of it.
 * @param directory cdktf makes its own there, and leaves it empty
 */
export async function stackFingerprint(spec: RedisStackSpec, directory: string): Promise<string> {
  const { App, RedisStack } = await loadStacks()
  const stack = new RedisStack(new App({ outdir: directory }), spec)
  const { terraform, '//': _metadata, ...rest } = stack.toTerraform()
  const { backend: _backend, ...settings } = terraform
  return createHash('sha256')
    .update(JSON.stringify({ ...rest, terraform: settings }))
    .digest('base64')
}
