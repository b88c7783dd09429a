import { execa, type Options } from 'execa'
import { type Cost, childrenSeconds, peakMemory } from './cost.ts'
import type { Environment } from './environment.ts'

/** How a run of terraform or cdktf ended. */
export interface TerraformRun {
  ok: boolean
  /** The signal of the options told it to stop. */
  aborted: boolean
  /** Somebody else killed it. */
  killed: boolean
  /** The program is not on the PATH. */
  missing: boolean
  /** The program's exit code; undefined when it was killed or never ran. */
  exitCode?: number | undefined
  /** All that it printed, both streams in order. */
  output: string
  /** Of runs in the background. */
  cost?: Cost
}

/** A run with each stream as it was printed: with all secrets. */
export interface FullRun extends TerraformRun {
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  environment: Environment
  signal?: AbortSignal
  /** Goes to the standard input. */
  input?: string
  /**
   * Ends the run, in place of the usual way: SIGTERM to all of its processes, and SIGKILL to those that are left
   * after 5 seconds, which does no harm to what only reads.
   */
  stop?(): void
  /** Runs at a low priority, with files for their owner only (a plan holds secrets), and tells what it costs. */
  background?: boolean
}

/** The shell outlives a signal to its group, so that it can tell what the run has cost. */
const inBackground = `umask 077
trap : TERM INT
nice -n 10 "$@" 3>&-
code=$?
times >&3
exit $code`

const notRun = { ok: false, killed: false, missing: false, output: '', stdout: '', stderr: '' }

/** Runs terraform or cdktf. Never throws: the result says what went wrong. */
export async function run(program: string, args: string[], options: RunOptions): Promise<FullRun> {
  const { signal, stop, background = false } = options
  if (signal?.aborted) return { ...notRun, aborted: true }
  const child = background
    ? execa('sh', ['-c', inBackground, 'sh', program, ...args], childOptions(options))
    : execa(program, args, childOptions(options))
  if (stop) signal?.addEventListener('abort', stop)
  const ended = new AbortController()
  const megabytes = background && child.pid ? peakMemory(child.pid, ended.signal) : undefined
  const result = await child
  ended.abort()
  if (stop) signal?.removeEventListener('abort', stop)
  return {
    ok: !result.failed,
    aborted: signal?.aborted ?? false,
    // A shell tells of a signal to its child in its exit code.
    killed: result.signal !== undefined || (background && (result.exitCode ?? 0) > 128),
    missing: result.code === 'ENOENT' || result.exitCode === 127,
    exitCode: result.exitCode,
    output: String(result.all ?? ''),
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    ...(background
      ? { cost: { cpuSeconds: childrenSeconds(String(result.stdio[3] ?? '')), megabytes: await megabytes } }
      : {}),
  }
}

function childOptions({ cwd, environment, signal, input, stop, background }: RunOptions) {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment,
    extendEnv: false,
    all: true,
    // The fourth one is for the costs.
    stdio: [
      input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(background ? ['pipe' as const] : []),
    ],
    ...(input === undefined ? {} : { input }),
    reject: false,
    // Not in this process's group: a Ctrl-C at the terminal is for the broker, which ends its children in order.
    detached: true,
    ...(signal && !stop
      ? { cancelSignal: signal, killDescendants: true, killSignal: 'SIGTERM', forceKillAfterDelay: 5000 }
      : {}),
    maxBuffer: 50_000_000,
  } as const satisfies Options
}
