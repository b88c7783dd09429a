import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './free-port.ts'

export interface Postgres {
  /** A superuser's connection over 127.0.0.1, without a password. */
  url: string
  /** Holds its data directory and its unix socket. */
  directory: string
  /** Ends the server and removes its data. */
  stop(): Promise<void>
  /** Ends the server as a power cut would. Its data stays for `restart`. */
  kill(): Promise<void>
  /** Starts it again after `kill`, on the same data and the same port. */
  restart(): Promise<void>
  /** Keeps it from answering, as a network that swallows everything would. */
  freeze(): void
  thaw(): void
}

/** The path of one of PostgreSQL's programs, such as `pg_dump`. Debian keeps them out of the PATH. */
export function postgresProgram(name: string): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(root, version, 'bin', name)).find(existsSync) ?? name
}

/** A real PostgreSQL of the test's own: an empty data directory, a free port, its socket in the directory. */
export async function startPostgres(): Promise<Postgres> {
  const identity = serverIdentity()
  const directory = mkdtempSync(join(tmpdir(), 'pg-'))
  if (identity.uid !== undefined && identity.gid !== undefined)
    chownSync(directory, identity.uid, identity.gid)
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let server: ChildProcess | undefined

  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  const atExit = () => {
    server?.kill('SIGKILL')
    remove()
  }
  process.once('exit', atExit)

  const start = async () => {
    // A test's data need not survive a power cut of the machine, only the end of a process.
    const settings = ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1']
    const place = ['-D', join(directory, 'data'), '-k', directory, '-p', String(port)]
    server = spawn(postgresProgram('postgres'), [...place, ...settings], { ...identity, stdio: 'ignore' })
    await ready(server, url)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill(signal)
    await exit
  }

  try {
    const options = [
      '-D',
      join(directory, 'data'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-sync',
    ]
    execFileSync(postgresProgram('initdb'), [...options, '--no-locale'], {
      ...identity,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await start()
  } catch (error) {
    atExit()
    process.off('exit', atExit)
    throw error
  }
  return {
    url,
    directory,
    restart: () => untilItStarts(start),
    kill: () => end('SIGKILL'),
    freeze: () => signalAll(server?.pid as number, 'SIGSTOP'),
    thaw: () => signalAll(server?.pid as number, 'SIGCONT'),
    stop: async () => {
      await end('SIGINT')
      process.off('exit', atExit)
      remove()
    },
  }
}

/** The server and the processes of its connections. */
function signalAll(pid: number, name: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  for (const one of [pid, ...children.map(Number)]) {
    try {
      process.kill(one, name)
    } catch (error) {
      // A process of a connection that has just ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** After a kill it refuses to start until the last of its old processes has noticed. */
async function untilItStarts(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

/** PostgreSQL refuses to run as root: root runs it as the user `postgres`. */
function serverIdentity(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await sleep(50)
    }
  }
}
