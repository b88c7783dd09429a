import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installProvider } from '../../../stacks/local-aws/index.ts'
import { conform } from '../../../stacks/local-aws/plugin/schema.ts'
import { decodeValue, encodeValue, UNKNOWN } from '../../../stacks/local-aws/plugin/values.ts'
import { until } from '../../support/until.ts'
import { isAlive } from './nodes.ts'

let root: string
let plugin: string

/** The environment that Terraform gives to a plugin; without a certificate the plugin answers without TLS. */
const fromTerraform = {
  TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
  PLUGIN_PROTOCOL_VERSIONS: '5,6',
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'plugin-'))
  plugin = await install()
})
afterAll(() => rm(root, { recursive: true, force: true }))

function install() {
  return installProvider({
    mirrorDirectory: join(root, 'mirror'),
    dataDirectory: join(root, `it's "here" $HOME`),
  })
}

test('the same paths give the same file, since Terraform remembers its hash', async () => {
  const before = await readFile(plugin, 'utf8')
  await install()
  expect(await readFile(plugin, 'utf8')).toBe(before)
  expect(plugin).toMatch(
    /\/registry.terraform.io\/hashicorp\/aws\/6.25.0\/\w+\/terraform-provider-aws_v6.25.0$/,
  )
  expect(await readdir(dirname(plugin))).toHaveLength(1)
})

test('what another container writes at the same time is left alone, where the process has the same id', async () => {
  const other = `${plugin}.${process.pid}`
  await writeFile(other, 'half of')
  await install()
  expect(await readFile(other, 'utf8')).toBe('half of')
  await rm(other)
})

test('a person who starts it is told what it is', async () => {
  const { exitCode, stderr, stdout } = await execa(plugin, [], { reject: false, stdin: 'ignore' })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toContain('Terraform provider plugin')
})

test('a Terraform that speaks another protocol is told so', async () => {
  const env = { ...fromTerraform, PLUGIN_PROTOCOL_VERSIONS: '4,5' }
  const { exitCode, stderr } = await execa(plugin, [], { reject: false, stdin: 'ignore', env })
  expect(exitCode).toBe(1)
  expect(stderr).toContain('protocol 6 only, Terraform offers 4, 5')
})

test('the first line says where it listens; it ends when whoever started it is gone', async () => {
  // The shell stands for a Terraform that is killed.
  const shell = execa('sh', ['-c', '"$0" & echo "pid $!"; wait', plugin], {
    reject: false,
    stdin: 'ignore',
    env: fromTerraform,
  })
  const lines: string[] = []
  shell.stdout.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')))
  await until(async () => lines.length === 2)
  expect(lines[1]).toMatch(/^1\|6\|unix\|\/.*\/plugin-[0-9a-f-]+\|grpc\|$/)
  const pid = Number(lines[0]?.replace('pid ', ''))
  expect(await isAlive(pid)).toBe(true)
  shell.kill('SIGKILL')
  await until(async () => !(await isAlive(pid)))
})

test('values survive their way over the wire', () => {
  const value = { a: null, b: UNKNOWN, c: ['x', UNKNOWN], d: { e: 1.5, f: true, g: 2 ** 40 }, h: [] }
  expect(decodeValue(encodeValue(value))).toEqual(value)
  expect(decodeValue(encodeValue(value))?.b).toBe(UNKNOWN)
  expect(decodeValue(encodeValue(null))).toBe(null)
})

test('an unknown that comes with hints is an unknown', () => {
  const refined = Buffer.from('81a161c7030c8101c2', 'hex')
  expect(decodeValue({ msgpack: refined })).toEqual({ a: UNKNOWN })
})

test('a state is made to fit the schema: absent names are null, unknown ones go', () => {
  const block = {
    attributes: { a: { type: 'string' as const }, b: { type: 'string' as const } },
    blocks: {
      one: { nesting: 'SINGLE' as const, block: { attributes: { c: { type: 'bool' as const } } } },
      many: { nesting: 'SET' as const, block: { attributes: { d: { type: 'bool' as const } } } },
    },
  }
  expect(conform(block, { a: 'x', z: 'gone' })).toEqual({ a: 'x', b: null, one: null, many: [] })
  expect(conform(block, { one: {}, many: [{ d: true, z: 1 }] })).toEqual({
    a: null,
    b: null,
    one: { c: null },
    many: [{ d: true }],
  })
})
