import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { marks } from './marks.ts'

/** The environment of a program. */
export type Environment = Record<string, string | undefined>

/** Where `node_modules` is. */
export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Whether this is an unpacked release, which keeps as it is: what is compiled is kept in DATA_DIR then. */
export const isRelease = existsSync(join(repository, 'release.json'))

const neededByAll = /^(HOME|TMPDIR|LANG|LC_.*|TZ|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY|AWS_.*)$/i

/** The part of this process's environment that terraform and cdktf need; its secrets stay here. */
export function programEnvironment(): Environment {
  const { AWS_CA_BUNDLE, ...environment } = fromEnvironment(neededByAll)
  return {
    // HashiCorp's provider takes AWS_CA_BUNDLE for one run only: the next one that attaches to it fails.
    ...(AWS_CA_BUNDLE ? { SSL_CERT_FILE: AWS_CA_BUNDLE } : {}),
    ...environment,
    PATH: pathWithOwnPrograms(process.env.PATH ?? ''),
    // Terraform calls home otherwise.
    CHECKPOINT_DISABLE: '1',
  }
}

export interface Workplace {
  /** Where the provider is installed from. */
  provider: { environment: Environment }
  workDirectory: string
  /** `<operation>/<number>`, if it is an attempt's at all. */
  attempt?: string
}

/** The environment of every terraform, with the marks of the directory and the attempt that it works for. */
export function terraformEnvironment({ provider, workDirectory, attempt }: Workplace): Environment {
  return {
    ...programEnvironment(),
    // Stops the animated output, which has no place in a log.
    CI: 'true',
    TF_IN_AUTOMATION: '1',
    TF_CLI_ARGS: '-no-color',
    ...provider.environment,
    ...marks(workDirectory, attempt),
  }
}

/** Those of this process's variables whose names fit. */
export function fromEnvironment(names: RegExp): Environment {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

/** As npm has it for its scripts: a Terraform among the project's own programs is one that the machine lacks. */
function pathWithOwnPrograms(path: string): string {
  const own = join(repository, 'node_modules', '.bin')
  return path.split(delimiter).includes(own) ? path : [own, path].filter(Boolean).join(delimiter)
}
