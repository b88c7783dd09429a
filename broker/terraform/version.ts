import { execa } from 'execa'
import { programEnvironment } from './environment.ts'

/**
 * @param least such as `1.10`
 * @param who for the sentence
 * @throws Error for operators, when the terraform that attempts run is older
 */
export async function requireTerraform(least: string, who: string): Promise<void> {
  const found = await terraformVersion()
  if (found && isAtLeast(found, least)) return
  throw new Error(`${who} need Terraform ${least} or newer on the PATH. There is ${found ?? 'none'}.`)
}

/** Of the terraform that attempts run, such as `1.14.3`; undefined when there is none. */
export async function terraformVersion(): Promise<string | undefined> {
  const { stdout } = await execa('terraform', ['version', '-json'], {
    env: programEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  return /"terraform_version": *"(\d+\.\d+[^"]*)"/.exec(stdout ?? '')?.[1]
}

function isAtLeast(version: string, least: string): boolean {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [parts(version), parts(least)]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

const parts = (version: string) => version.split('.').map(Number)
