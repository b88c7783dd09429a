import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestBroker } from './broker.ts'

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
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...args],
    {
      env: { PATH: process.env.PATH ?? '', ...environment },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    },
  )
  return { code: exitCode, stdout, stderr }
}
