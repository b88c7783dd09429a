import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { repository } from '../../broker/terraform/environment.ts'
import type { TestBroker } from './broker.ts'
import { nodeFlags } from './node.ts'

export interface ProgramRun {
  code: number | undefined
  stdout: string
  stderr: string
}

const main = fileURLToPath(new URL('../../broker/commands/main.ts', import.meta.url))

/** Runs a command of the command line, such as `['drift', '--json']`, against a broker. */
export function runCommand(
  args: string[],
  broker: Pick<TestBroker, 'url'>,
  environment: Record<string, string> = {},
): Promise<ProgramRun> {
  return runProgram(main, args, { BROKER_URL: broker.url, ...environment })
}

/** Runs a program in TypeScript with this environment and no other. */
export async function runProgram(
  program: string,
  args: string[],
  environment: Record<string, string>,
): Promise<ProgramRun> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [...nodeFlags, program, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  return { code: exitCode, stdout, stderr }
}

/** Runs cdktf on the live instances of a broker, as an operator types it in the repository. */
export function runCdktf(broker: Pick<TestBroker, 'url'>, output: string, ...args: string[]) {
  return execa('cdktf', [...args, '--output', output], {
    cwd: repository,
    preferLocal: true,
    env: cdktfEnvironment(broker),
    extendEnv: false,
    reject: false,
    all: true,
  })
}

/** The same by `redis-broker cdktf`, which takes half as long. */
export async function runCdktfCommand(
  broker: Pick<TestBroker, 'url'>,
  output: string,
  ...args: string[]
): Promise<{ exitCode: number | undefined; all: string }> {
  const words = ['cdktf', ...args, '--output', output]
  const { code, stdout, stderr } = await runCommand(words, broker, cdktfEnvironment(broker))
  return { exitCode: code, all: `${stdout}\n${stderr}` }
}

const cdktfEnvironment = ({ url }: Pick<TestBroker, 'url'>) => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  BROKER_URL: url,
  CI: 'true',
})
