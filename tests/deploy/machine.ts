import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalAws } from '../../stacks/local-aws/index.ts'
import { freePort } from '../support/free-port.ts'

const unit = readFileSync(join(import.meta.dirname, '../../deploy/redis-broker.service'), 'utf8')
const execStart = /^ExecStart=(.*)$/m.exec(unit)?.[1] as string
const dataDirectory = /^Environment=DATA_DIR=(.*)$/m.exec(unit)?.[1] as string

/**
 * Where the commands of a page are run as they are written: `/opt` and `/var/lib` are directories of the test's own,
 * and `systemctl` starts and stops the command line of the unit in `deploy/`.
 */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'machine-'))
  readonly url: string
  readonly dataDirectory: string
  readonly #settings: Record<string, string>
  #broker: ChildProcess | undefined

  private constructor(port: number, settings: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    this.dataDirectory = this.#here(dataDirectory)
    this.#settings = {
      PATH: process.env.PATH ?? '',
      HOME: this.root,
      PORT: String(port),
      LOCAL_AWS_PORT: '0',
      DATA_DIR: this.dataDirectory,
      ...settings,
    }
    for (const place of ['opt', 'var/lib']) mkdirSync(join(this.root, place), { recursive: true })
  }

  static async start(settings: Record<string, string> = {}): Promise<Machine> {
    return new Machine(await freePort(), settings)
  }

  /** Runs the lines one after the other, and returns what the last one has printed. The first that fails throws. */
  async run(lines: string[]): Promise<string> {
    let printed = ''
    for (const line of lines) {
      const [, verb] = /^systemctl (start|stop|restart) redis-broker$/.exec(line) ?? []
      if (verb === 'stop' || verb === 'restart') await this.#stop()
      if (verb === 'start' || verb === 'restart') this.#start()
      if (verb === undefined) printed = this.#sh(line)
    }
    return printed
  }

  /** Ends the broker and its Redis, and removes all files. */
  async remove(): Promise<void> {
    await this.#stop()
    const local = join(this.dataDirectory, 'local-aws')
    if (existsSync(local)) {
      const aws = LocalAws.open(local)
      await aws.stop()
      aws.close()
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }

  #sh(line: string): string {
    const env = { ...this.#settings, BROKER_URL: this.url }
    return execFileSync('sh', ['-ec', this.#here(line)], { cwd: this.root, env, encoding: 'utf8' })
  }

  #here(text: string): string {
    return text
      .replaceAll(/(?<![^ =])\/(opt|var\/lib)(?=[/ ]|$)/g, `${this.root}/$1`)
      .replaceAll('http://127.0.0.1:8080', this.url)
  }

  #start(): void {
    const [program, ...args] = this.#here(execStart).split(' ') as [string, ...string[]]
    this.#broker = spawn(program, args, { cwd: this.root, env: this.#settings, stdio: 'ignore' })
  }

  async #stop(): Promise<void> {
    const broker = this.#broker
    if (!broker || broker.exitCode !== null) return
    broker.kill()
    await once(broker, 'exit')
  }
}
