import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serviceId } from '../../broker/catalog/catalog.ts'
import { endProcesses } from '../../broker/terraform/processes.ts'
import { LocalAws } from '../../stacks/local-aws/index.ts'
import { announcedUrl } from './announced-url.ts'
import { placeEmptyDatabase } from './embedded-database.ts'
import { nodeFlags } from './node.ts'

const main = fileURLToPath(new URL('../../broker/main.ts', import.meta.url))

/** The plans by name, as the catalog has them. */
export const plans = {
  'redis-dev': '475e36bf-387f-44c1-9b81-575fec2ee443',
  'redis-3node': '3nd336bf-387f-44c1-9b81-575fel966443',
  'redis-5node': '5nd336bf-0k7f-44c1-9b81-575fp3k764r6',
  'redis-3node-large': '3nd227bf-sm4c-44c1-0b81-575fel666443',
  'redis-5node-large': '5nd227bf-0k7f-44c1-90e1-575fp3k903r6',
} as const

export type PlanName = keyof typeof plans

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it
  body: any
}

export interface RequestOptions {
  body?: unknown
  headers?: Record<string, string>
  /** `user:password`; the platform's by default, null for none. */
  login?: string | null
}

/** A hook that runs out of time leaves its broker behind, but not for longer than the tests run. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * The real broker as a process of its own on a free port, on a data directory of its own: with real
 * terraform, real cdktf and real redis-server processes.
 */
export class TestBroker {
  readonly dataDirectory: string
  url = ''
  /** All that the broker has written so far, to both streams. */
  output = ''
  readonly #environment: Record<string, string>
  #process: ChildProcess | undefined

  private constructor(dataDirectory: string, environment: Record<string, string>) {
    this.dataDirectory = dataDirectory
    this.#environment = environment
  }

  static async start(environment: Record<string, string> = {}): Promise<TestBroker> {
    const dataDirectory = environment.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'broker-')))
    if (environment.DATABASE_URL === undefined && !existsSync(join(dataDirectory, 'database')))
      placeEmptyDatabase(dataDirectory)
    const broker = new TestBroker(dataDirectory, environment)
    await broker.start()
    return broker
  }

  /** One that the test starts and stops by itself, for what is asked of it. */
  static at(url: string, environment: Record<string, string> = {}): TestBroker {
    const broker = new TestBroker('', environment)
    broker.url = url
    return broker
  }

  /** Also after `stop` or `kill`, then on the same port as before. */
  async start(): Promise<void> {
    const port = this.url ? new URL(this.url).port : '0'
    const child = spawn(process.execPath, [...nodeFlags, main], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: port,
        LOCAL_AWS_PORT: '0',
        DATA_DIR: this.dataDirectory,
        // Plugins that are killed leave their sockets here.
        TMPDIR: this.dataDirectory,
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    running.add(child)
    child.once('exit', () => running.delete(child))
    const read = (chunk: Buffer) => {
      this.output += chunk
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    this.url = await announcedUrl(child)
  }

  /** The platform's, as `user:password`. */
  get login(): string {
    const { BROKER_USERNAME = 'broker', BROKER_PASSWORD = 'broker' } = this.#environment
    return `${BROKER_USERNAME}:${BROKER_PASSWORD}`
  }

  get pid(): number {
    return this.#process?.pid as number
  }

  async request(
    method: string,
    path: string,
    { body, headers, login = this.login }: RequestOptions = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'X-Broker-API-Version': '2.17',
        ...(login === null ? {} : { Authorization: `Basic ${btoa(login)}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
  }

  /** The PUT of an instance, with what Cloud Controller sends; `more` goes over it. */
  provision(id: string, plan: PlanName = 'redis-dev', more: Record<string, unknown> = {}): Promise<Answer> {
    return this.request('PUT', `${instancePath(id)}?accepts_incomplete=true`, {
      body: { ...instanceBody(plan), ...more },
    })
  }

  update(id: string, body: Record<string, unknown>): Promise<Answer> {
    return this.request('PATCH', `${instancePath(id)}?accepts_incomplete=true`, {
      body: { service_id: serviceId, ...body },
    })
  }

  deprovision(id: string, plan: PlanName = 'redis-dev'): Promise<Answer> {
    return this.request('DELETE', `${instancePath(id)}?accepts_incomplete=true&${deleteQuery(plan)}`)
  }

  bind(
    id: string,
    binding: string,
    plan: PlanName = 'redis-dev',
    more: Record<string, unknown> = {},
  ): Promise<Answer> {
    return this.request('PUT', `${instancePath(id)}/service_bindings/${binding}`, {
      body: { service_id: serviceId, plan_id: plans[plan], ...more },
    })
  }

  /** Polls until the operation has ended, and returns the last answer's body. */
  async ended(id: string): Promise<Answer['body']> {
    for (;;) {
      const { body } = await this.request('GET', `${instancePath(id)}/last_operation`)
      if (body.state !== 'in progress') return body
      await sleep(200)
    }
  }

  /** Creates an instance and waits for it. */
  async created(id: string, plan: PlanName = 'redis-dev', more: Record<string, unknown> = {}): Promise<void> {
    await this.provision(id, plan, more)
    const { state, description } = await this.ended(id)
    if (state !== 'succeeded') throw new Error(`${id} could not be created: ${description}`)
  }

  /** The local AWS behind the broker, for looking and for changing it behind Terraform's back. */
  async aws<T>(use: (aws: LocalAws) => Promise<T> | T): Promise<T> {
    const aws = LocalAws.open(join(this.dataDirectory, 'local-aws'))
    try {
      return await use(aws)
    } finally {
      aws.close()
    }
  }

  /** SIGTERM, as an operator would; resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Kills it, as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends the broker, what its attempts have started and all of its Redis, and removes every file. */
  async remove(): Promise<void> {
    await this.#end('SIGTERM')
    const work = join(this.dataDirectory, 'work')
    for (const stack of existsSync(work) ? await readdir(work) : []) await endProcesses(join(work, stack), 1)
    if (existsSync(join(this.dataDirectory, 'local-aws'))) await this.aws((aws) => aws.stop())
    await rm(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill(signal)
    const [code] = await once(child, 'exit')
    return code
  }
}

export function instancePath(id: string): string {
  return `/v2/service_instances/${encodeURIComponent(id)}`
}

export function deleteQuery(plan: PlanName = 'redis-dev'): string {
  return `service_id=${serviceId}&plan_id=${plans[plan]}`
}

export function instanceBody(plan: PlanName = 'redis-dev') {
  return {
    service_id: serviceId,
    plan_id: plans[plan],
    organization_guid: 'e6f6fbf3-0000-4000-8000-000000000001',
    space_guid: 'e6f6fbf3-0000-4000-8000-000000000002',
    context: {
      platform: 'cloudfoundry',
      organization_guid: 'e6f6fbf3-0000-4000-8000-000000000001',
      organization_name: 'acme',
      space_guid: 'e6f6fbf3-0000-4000-8000-000000000002',
      space_name: 'production',
      instance_name: 'my-redis',
    },
  }
}
