import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { installProvider, LocalAws } from '../../../stacks/local-aws/index.ts'

/** One stand-in for AWS in a directory of its own, with a mirror that Terraform finds its plugin in. */
export interface Machine {
  aws: LocalAws
  dataDirectory: string
  /**
   * From now on all stacks use one plugin that keeps running, started with `-debug`: Terraform is many times
   * faster when it does not start plugins.
   */
  attach(): Promise<void>
  /** A directory with `configuration` in it, initialized. */
  stack(configuration: object): Promise<Stack>
  /** Nothing of it is left after this. */
  remove(): Promise<void>
}

export interface Stack {
  directory: string
  configure(configuration: object): Promise<void>
  apply(...flags: string[]): Promise<Run>
  plan(): Promise<PlannedChange>
  destroy(): Promise<Run>
  terraform(...words: string[]): Promise<Run>
  /** Starts Terraform without waiting, in a process group of its own. */
  start(...words: string[]): ReturnType<typeof startTerraform>
  outputs(): Promise<Record<string, string>>
  /** The resource's attributes in the state. */
  attributes(): Promise<Record<string, unknown>>
}

export interface Run {
  ok: boolean
  /** Standard output and standard error. */
  text: string
}

export interface PlannedChange {
  /** As Terraform names them: `no-op`, `create`, `update`, `delete`. */
  actions: string[]
  before: Record<string, unknown>
  after: Record<string, unknown>
  replacePaths: string[]
  driftedAttributes: string[]
}

export async function openMachine(): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-'))
  const [mirrorDirectory, dataDirectory] = [join(root, 'mirror'), join(root, "data's directory")]
  const executable = await installProvider({ mirrorDirectory, dataDirectory })
  const cliConfiguration = join(root, 'terraform.rc')
  await writeFile(
    cliConfiguration,
    `provider_installation {\n filesystem_mirror {\n path = ${JSON.stringify(mirrorDirectory)}\n }\n}\n`,
  )
  const aws = LocalAws.open(dataDirectory)
  const environment: NodeJS.ProcessEnv = {
    TF_CLI_CONFIG_FILE: cliConfiguration,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    // A plugin that is killed leaves its socket.
    TMPDIR: root,
  }
  let stacks = 0
  let plugin: ReturnType<typeof startPlugin> | undefined
  return {
    aws,
    dataDirectory,
    async attach() {
      plugin = startPlugin(executable)
      const announced = await firstMatch(plugin.stdout, /TF_REATTACH_PROVIDERS='(.*)'/)
      environment.TF_REATTACH_PROVIDERS = announced
    },
    async stack(configuration) {
      stacks += 1
      const directory = join(root, `stack-${stacks}`)
      await mkdir(directory)
      const stack = terraformStack(directory, environment)
      await stack.configure(configuration)
      const { ok, text } = await stack.terraform('init')
      if (!ok) throw new Error(text)
      return stack
    },
    async remove() {
      plugin?.kill('SIGTERM')
      await plugin
      await aws.stop()
      aws.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

function startPlugin(executable: string) {
  return execa(executable, ['-debug'], { reject: false, stdin: 'ignore' })
}

function firstMatch(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
      const [, found] = pattern.exec(text) ?? []
      if (found) resolve(found)
    })
    stream.on('end', () => reject(new Error(`The plugin ended: ${text}`)))
  })
}

function startTerraform(directory: string, environment: NodeJS.ProcessEnv, words: string[]) {
  return execa('terraform', words, {
    cwd: directory,
    env: { ...environment, TF_CLI_ARGS: '-no-color' },
    reject: false,
    all: true,
    detached: true,
    stdin: 'ignore',
  })
}

function terraformStack(directory: string, environment: NodeJS.ProcessEnv): Stack {
  const start = (...words: string[]) => startTerraform(directory, environment, words)
  const terraform = async (...words: string[]): Promise<Run> => {
    const { failed, all } = await start(...words)
    return { ok: !failed, text: String(all) }
  }
  const json = async (...words: string[]) => {
    const { text } = await terraform(...words)
    return JSON.parse(text)
  }
  return {
    directory,
    start,
    terraform,
    configure: (configuration) => writeFile(join(directory, 'main.tf.json'), JSON.stringify(configuration)),
    apply: (...flags) => terraform('apply', '-auto-approve', '-input=false', ...flags),
    destroy: () => terraform('destroy', '-auto-approve', '-input=false'),
    async plan() {
      const { ok, text } = await terraform('plan', '-input=false', '-out=plan')
      if (!ok) throw new Error(text)
      const { resource_changes, resource_drift = [] } = await json('show', '-json', 'plan')
      const { actions, before, after, replace_paths = [] } = resource_changes[0].change
      return {
        actions,
        before,
        after,
        replacePaths: replace_paths.flat(),
        driftedAttributes: resource_drift.flatMap(({ change }: { change: PlannedChange }) =>
          differing(change.before, change.after),
        ),
      }
    },
    async outputs() {
      const outputs: Record<string, { value: string }> = await json('output', '-json')
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]))
    },
    async attributes() {
      const { values } = await json('show', '-json')
      return values.root_module.resources[0].values
    },
  }
}

function differing(before: Record<string, unknown>, after: Record<string, unknown> | null): string[] {
  if (!after) return ['everything']
  return Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}
