import { programEnvironment } from './environment.ts'
import { run } from './run.ts'

/**
 * @param least such as `1.10`
 * @param who for the sentence
 * @throws Error for operators, when the terraform that attempts run is older
 */
export async function requireTerraform(least: string, who: string): Promise<void> {
  const { stdout } = await run('terraform', ['version', '-json'], { environment: programEnvironment() })
  const found = /"terraform_version": *"(\d+\.\d+)/.exec(stdout)?.[1]
  if (found && isAtLeast(found, least)) return
  throw new Error(`${who} need Terraform ${least} or newer on the PATH. There is ${found ?? 'none'}.`)
}

function isAtLeast(version: string, least: string): boolean {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [parts(version), parts(least)]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

const parts = (version: string) => version.split('.').map(Number)
