import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { OperatorStacks } from '../../broker/operator/stacks.ts'
import { authTokenVariable, type RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import type { TestBroker } from '../support/broker.ts'

/** Where both work: a broker, and what bare terraform needs to do the same. */
export interface Site {
  broker: TestBroker
  /** Of the operators, as `user:password`. */
  login: string
  environment: Record<string, string>
}

/** The stack of an instance under another name, with its state in the broker, and terraform by itself. */
export class BareStack {
  readonly #directory: string
  readonly #stack: string
  readonly #environment: Record<string, string>

  private constructor(directory: string, stack: string, environment: Record<string, string>) {
    this.#directory = directory
    this.#stack = stack
    this.#environment = environment
  }

  static async of({ broker, login, environment }: Site, id: string): Promise<BareStack> {
    const { body } = await broker.request('GET', `/operator/stacks?name=${id}&deletable=true`, { login })
    const [original] = (body as OperatorStacks).stacks
    const name = randomUUID()
    const directory = await mkdtemp(join(tmpdir(), 'bare-'))
    await renderStacks(
      [JSON.parse(JSON.stringify(original).replaceAll(id, name)) as RedisStackSpec],
      directory,
    )
    const [username = '', password = ''] = login.split(':')
    return new BareStack(directory, name, {
      ...environment,
      PATH: process.env.PATH ?? '',
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: join(broker.dataDirectory, 'terraform', 'terraform.rc'),
      TF_HTTP_USERNAME: username,
      TF_HTTP_PASSWORD: password,
      [`TF_VAR_${authTokenVariable}`]: randomUUID().replaceAll('-', '').repeat(2),
    })
  }

  async create(): Promise<void> {
    await this.#terraform('init', '-input=false')
    await this.#terraform('apply', '-auto-approve', '-input=false')
  }

  async destroy(): Promise<void> {
    await this.#terraform('destroy', '-auto-approve', '-input=false')
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #terraform(...args: string[]): Promise<void> {
    const cwd = stackDirectory(this.#directory, this.#stack)
    await execa('terraform', args, { cwd, env: this.#environment, extendEnv: false, stdin: 'ignore' })
  }
}
