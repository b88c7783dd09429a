import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalAws } from '../../stacks/local-aws/index.ts'
import { commandWithoutNetwork, withoutNetwork } from './without-network.ts'

const project = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
const name = `redis-broker-${version}-${process.platform}-${process.arch}`

let root: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'release-'))
  await execa('npm', ['run', '--silent', 'release', '--', '--out', join(root, 'out'), '--level', '0'], {
    cwd: project,
  })
  mkdirSync(join(root, 'empty'))
  execFileSync('tar', ['-xzf', join(root, 'out', `${name}.tar.gz`), '-C', join(root, 'empty')])
})
afterAll(async () => {
  const aws = LocalAws.open(join(root, 'data', 'local-aws'))
  await aws.stop()
  aws.close()
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

test('the archive has a checksum, and a list of its parts that names Node, Terraform and no package of development', () => {
  const out = join(root, 'out')
  execFileSync('sha256sum', ['--check', `${name}.tar.gz.sha256`], { cwd: out })
  const bom = JSON.parse(readFileSync(join(out, `${name}.cdx.json`), 'utf8'))
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { version } } })
  const parts = bom.components.map((part: { name: string }) => part.name)
  expect(parts).toEqual(expect.arrayContaining(['pg-boss', 'terraform']))
  expect(parts.some((part: string) => part.startsWith('node-'))).toBe(true)
  for (const part of ['vitest', 'drizzle-kit', '@biomejs/biome']) expect(parts).not.toContain(part)
})

/** Every file with its size and the time of its last change. */
function listing(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { size, mtimeMs } = statSync(join(directory, path))
      return `${path} ${size} ${mtimeMs}`
    })
    .sort()
}

const commandLine = (release: string) => `${release}/bin/redis-broker start`

/** Starts the broker as written on the page, asks it for a Redis, and prints what it hears, all in one namespace. */
const script = (release: string) => `
${commandLine(release)} &
broker=$!
${release}/node_modules/.bin/node --input-type=module -e '${customer.replaceAll("'", `'\\''`)}'
kill $broker
wait $broker
echo "ended with $?"
`

const customer = `
const url = 'http://127.0.0.1:' + process.env.PORT
const ask = async (method, path, body) => {
  const response = await fetch(url + path, {
    method,
    body: body && JSON.stringify(body),
    headers: {
      Authorization: 'Basic ' + btoa('broker:broker'),
      'X-Broker-API-Version': '2.17',
      'Content-Type': 'application/json',
    },
  })
  return response.json()
}
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
let health
while (health?.status !== 'ok') health = await ask('GET', '/health').catch(() => sleep(200))
const instance = '/v2/service_instances/0d6bb2a6-6d2c-4f0b-9f5e-3f1a4c8f6a01'
await ask('PUT', instance + '?accepts_incomplete=true', {
  service_id: 'cda65825-e357-4a93-a24b-9ab138d97815',
  plan_id: '475e36bf-387f-44c1-9b81-575fec2ee443',
  organization_guid: 'acme',
  space_guid: 'production',
})
let last
do {
  await sleep(500)
  last = await ask('GET', instance + '/last_operation')
} while (last.state === 'in progress')
console.log('ANSWERS ' + JSON.stringify({ health, last }))
`

test(`unpacked in an empty directory it starts and creates a Redis ${withoutNetwork}, and writes to DATA_DIR alone`, async () => {
  const release = join(root, 'empty', name)
  const before = listing(release)
  const home = join(root, 'home')
  mkdirSync(home)
  const { all } = await execa(...commandWithoutNetwork(script(release)), {
    // No Terraform and no Node of the machine's: they are elsewhere on the PATH, or older.
    env: {
      PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: home,
      DATA_DIR: join(root, 'data'),
      PORT: '18080',
      LOCAL_AWS_PORT: '0',
    },
    extendEnv: false,
    cwd: home,
    all: true,
    reject: false,
  })
  const answers = /^ANSWERS (.*)$/m.exec(all)?.[1]
  expect(JSON.parse(answers ?? `{"output": ${JSON.stringify(all)}}`)).toEqual({
    health: { status: 'ok', version, paused: false },
    last: { state: 'succeeded', description: expect.stringContaining('is ready') },
  })
  expect(all).toContain('ended with 0')
  expect(listing(release)).toEqual(before)
  expect(listing(home)).toEqual([])
})

test('systemd and the image start it with that command line, and that of Cloud Foundry starts it in its directory', async () => {
  const release = join(root, 'empty', name)
  const textOf = (file: string) => readFileSync(join(release, file), 'utf8')
  const image = textOf('Containerfile')
  expect([
    /^ExecStart=(.*)$/m.exec(textOf('deploy/redis-broker.service'))?.[1],
    `${/^ENTRYPOINT \["(.*)"\]$/m.exec(image)?.[1]} ${/^CMD \["(.*)"\]$/m.exec(image)?.[1]}`,
  ]).toEqual([commandLine('/opt/redis-broker'), commandLine('/opt/redis-broker')])

  const line = /^ {4}command: (.*)$/m.exec(textOf('manifest.yml'))?.[1] as string
  const broker = execa('sh', ['-c', `exec ${line.replace(/^exec /, '')}`], {
    env: { PATH: '/usr/bin:/bin', DATA_DIR: join(root, 'data'), PORT: '0', LOCAL_AWS_PORT: '0' },
    extendEnv: false,
    cwd: release,
    all: true,
  })
  for await (const printed of broker.iterable({ from: 'all' })) {
    if (printed.includes('The broker answers at')) broker.kill('SIGTERM')
  }
  expect((await broker).exitCode).toBe(0)
})
