import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestBroker } from './broker.ts'

export interface ProgramRun {
  code: number | undefined
  stdout: string
  stderr: string
}

/** Runs one of the operators' programs, such as `broker/commands/drift.ts`, against a broker. */
export async function runProgram(
  path: string,
  args: string[],
  broker: Pick<TestBroker, 'url'>,
  environment: Record<string, string> = {},
): Promise<ProgramRun> {
  const program = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...args],
    {
      env: { PATH: process.env.PATH ?? '', BROKER_URL: broker.url, ...environment },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    },
  )
  return { code: exitCode, stdout, stderr }
}
