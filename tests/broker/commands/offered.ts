import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const launcher = fileURLToPath(new URL('../../../broker/commands/redis-broker.mjs', import.meta.url))

/** The words that bash offers for the last one of these, beside a broker. */
export async function offered(url: string, words: string[]): Promise<string[]> {
  const script = `eval "$(${launcher} completion bash)"
    COMP_WORDS=(redis-broker "$@"); COMP_CWORD=$#
    _redis_broker; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execa('bash', ['-c', script, 'bash', ...words], {
    cwd: '/',
    env: { BROKER_URL: url },
  })
  return stdout.split('\n')
}
