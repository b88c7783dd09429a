import { type Environment, programEnvironment } from './environment.ts'
import { run } from './run.ts'

/** The versions that were found, by the PATH that they were found on. */
const known = new Map<string | undefined, string>()

/**
 * The version of the terraform on the PATH, such as 1.11.4. Asked for once: whoever puts another one there meanwhile is
 * told the old one until the next start.
 * @returns undefined when there is none, or it does not say
 */
export async function terraformVersion(environment: Environment): Promise<string | undefined> {
  const before = known.get(environment.PATH)
  if (before) return before
  const { stdout } = await run('terraform', ['version', '-json'], { environment })
  const found = /"terraform_version": *"(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  if (found) known.set(environment.PATH, found)
  return found
}

/**
 * @param least such as `1.10`
 * @param who for the sentence
 * @throws Error for operators, when the terraform that attempts run is older
 */
export async function requireTerraform(least: string, who: string): Promise<void> {
  const found = await terraformVersion(programEnvironment())
  if (found && isAtLeast(found, least)) return
  throw new Error(`${who} need Terraform ${least} or newer on the PATH. There is ${found ?? 'none'}.`)
}

function isAtLeast(version: string, least: string): boolean {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [parts(version), parts(least)]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

const parts = (version: string) => version.split('.').map(Number)
