import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `node_modules` is. */
export const repository = fileURLToPath(new URL('..', import.meta.url))

const wanted = /^(HOME|TMPDIR|LANG|LC_.*|TZ|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY|AWS_.*)$/i

/**
 * What terraform and cdktf need of this process's environment; its secrets stay here. The project's own programs
 * come first on the PATH: the Terraform there is one that the machine lacks.
 */
export function programEnvironment(): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name))),
    PATH: [join(repository, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    // Terraform calls home otherwise.
    CHECKPOINT_DISABLE: '1',
  }
}
