import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environment, isRelease, repository } from './environment.ts'
import { front } from './marks.ts'
import { type FullRun, type RunOptions, run } from './run.ts'
import { terraformVersion } from './version.ts'

const program = join(repository, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf')
const preload = (file: string) => ['--require', join(import.meta.dirname, 'cdktf', file)]

/** cdktf with what has it start quickly, to stand before its words. */
const starting = [
  '--no-deprecation',
  // A layout library that cdktf prints with is asm.js: made into WebAssembly as a whole it costs 0.15 CPU s each time,
  // taken as the JavaScript that it also is, a third of that.
  '--no-validate-asm',
  ...preload('lazily.cjs'),
  ...preload('compiled.cjs'),
  program,
]

/** Where cdktf keeps its compiled code: a directory for each way of use, since it is kept as the first run needs it. */
const compiled = (use: string) => ({
  NODE_COMPILE_CACHE: join(repository, 'node_modules', '.cache', use),
})

/** cdktf for people: with half the work of `npx cdktf` before it begins. It wants to start where a cdktf.json is. */
export const cdktfForPeople = {
  file: process.execPath,
  words: starting,
  cwd: repository,
  // A release writes nothing beside its data.
  environment: isRelease ? {} : compiled('cdktf-for-people'),
}

/** Terraform's command for each of cdktf's. */
const commands = { deploy: 'apply', destroy: 'destroy' }

export interface CdktfOptions extends RunOptions {
  /** The variable that lets terraform attach to the provider, once that listens: it starts while cdktf is loading. */
  attachment(): Promise<Record<string, string>>
}

/**
 * Runs `cdktf deploy` or `cdktf destroy` on a stack that is rendered already. It is `ok` only when terraform itself has
 * ended well: cdktf says so of one that was killed, too.
 * @throws Error when the provider does not start
 */
export async function cdktf(
  verb: 'deploy' | 'destroy',
  stack: string,
  workDirectory: string,
  { environment, attachment, signal, ...options }: CdktfOptions,
): Promise<FullRun> {
  const exitCodes = join(workDirectory, 'exit-codes')
  const attachmentFile = join(workDirectory, 'attachment')
  for (const file of [exitCodes, attachmentFile]) await rm(file, { force: true })
  const failure = new AbortController()
  const attached = attach(attachment, attachmentFile).catch((error) => failure.abort(error))
  // Without --skip-provider-lock cdktf would ask the registry for the provider's checksums.
  const words = [
    verb,
    stack,
    '--auto-approve',
    '--skip-synth',
    '--skip-provider-lock',
    '--output',
    workDirectory,
  ]
  const result = await run(process.execPath, [...preload('pipes.cjs'), ...starting, ...words], {
    ...options,
    signal: AbortSignal.any([failure.signal, ...(signal ? [signal] : [])]),
    // cdktf wants to start where a cdktf.json is.
    cwd: repository,
    environment: {
      ...settings,
      // A release has a place of its own for the compiled code: it writes nothing beside its data.
      ...environment,
      BROKER_EXIT_CODES: exitCodes,
      BROKER_ATTACHMENT: attachmentFile,
      BROKER_PID: String(process.pid),
      BROKER_TERRAFORM_VERSION: await terraformVersion(environment),
    },
  })
  await attached
  if (!signal?.aborted) failure.signal.throwIfAborted()
  const codes = await readExitCodes(exitCodes)
  const code = codes.get(commands[verb])
  return {
    ...result,
    output: result.output.replace(/\s*No outputs found\.\s*$/, '\n'),
    ok: result.ok && code === 0,
    // A shell tells of a signal to its child in its exit code.
    killed:
      result.killed || (result.ok && code === undefined) || [...codes.values()].some((one) => one > 128),
    missing: result.missing || [...codes.values()].includes(127),
  }
}

const settings: Environment = {
  TERRAFORM_BINARY_NAME: front,
  // Its plugin cache is one for all of the user's brokers, and not safe for parallel inits. The option of the same
  // name comes too late to have an effect.
  CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  // It is 20 MB of JavaScript: without compiling it each time a deploy takes a fifth less CPU, and with what
  // `compiled.cjs` keeps here besides, again a fifth less.
  ...compiled('cdktf'),
}

/** Says to the script in front of terraform how to attach to the provider; an empty file, that there is none. */
async function attach(attachment: CdktfOptions['attachment'], file: string): Promise<void> {
  const place = async (provider = '') => {
    await writeFile(`${file}.new`, provider, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  try {
    await place((await attachment()).TF_REATTACH_PROVIDERS)
  } catch (error) {
    await place()
    throw error
  }
}

/** How each terraform has ended, by its command; of one that is missing nothing is known. */
async function readExitCodes(file: string): Promise<Map<string, number>> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n')
  return new Map(
    lines.map((line) => {
      const [command = '', code] = line.split(' ')
      return [command, Number(code)]
    }),
  )
}
