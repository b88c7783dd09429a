import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const POLL_MILLISECONDS = 10
/** Redis' own time for a last write to disk; after that it is killed. */
const GRACE_MILLISECONDS = 3_000

const program = 'redis-server'

/** Major and minor version of the local redis-server. Its absence is an error that says what to do. */
export async function redisBinaryVersion(): Promise<[number, number]> {
  const output = await outputOf(program, '--version')
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(output) ?? []
  if (!major || !minor) {
    throw new Error(`No Redis server can be started: ${program} does not run. Install redis-server.`)
  }
  return [Number(major), Number(minor)]
}

/**
 * Starts a redis-server that outlives this process. What it reads from standard input is nowhere else.
 * Returns when it has read all; an error carries the last line of what it printed.
 */
export async function spawnRedis(
  address: string,
  tls: boolean,
  directory: string,
  configuration: string,
): Promise<void> {
  // What a server needs that has read nothing, because its caller died just now: to be found, and to be of no
  // use to anybody. `tls-port` comes with the configuration.
  const fixed = ['--bind', address, '--pidfile', pidFile(directory), ...(tls ? ['--port', '0'] : [])]
  const child = spawn(program, ['-', ...fixed], {
    cwd: directory,
    detached: true,
    // The caller's environment holds credentials, and marks its children as part of one attempt.
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(child, 'spawn')
  child.stdin.on('error', () => {})
  child.stdin.end(configuration)
  child.unref()
}

/** The process of the node in `directory`, if it runs. Its title names its address: a pid alone may be reused. */
export async function redisPid(directory: string, address: string): Promise<number | undefined> {
  const text = await readFile(pidFile(directory), 'utf8').catch(() => '')
  const pid = Number(text)
  return pid > 0 && (await runsAt(pid, address)) ? pid : undefined
}

async function runsAt(pid: number, address: string): Promise<boolean> {
  return (await commandLine(pid)).includes(` ${address}:`)
}

/** Ends the node's process, if there is one, and returns when it is gone. */
export async function endRedis(
  directory: string,
  address: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const pid = await redisPid(directory, address)
  if (pid === undefined) return
  kill(pid, signal)
  const deadline = Date.now() + GRACE_MILLISECONDS
  // Not by the file, which the process removes before it ends.
  while (await runsAt(pid, address)) {
    if (Date.now() > deadline) kill(pid, 'SIGKILL')
    await sleep(POLL_MILLISECONDS)
  }
  await rm(pidFile(directory), { force: true })
}

function pidFile(directory: string): string {
  return join(directory, 'redis.pid')
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function commandLine(pid: number): Promise<string> {
  if (platform() === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return outputOf('ps', '-o', 'command=', '-p', String(pid))
}

/** Empty when the program is missing or fails. */
async function outputOf(program: string, ...words: string[]): Promise<string> {
  const { stdout } = await run(program, words).catch(() => ({ stdout: '' }))
  return stdout
}
