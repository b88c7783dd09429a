/** `npm run demo`: the whole main job in one go on a temporary directory, told step by step. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { createClient } from '@redis/client'
import { execa } from 'execa'
import { LocalAws } from '../../stacks/local-aws/index.ts'
import { startBroker } from '../broker.ts'
import { serviceId } from '../catalog/catalog.ts'
import type { RedisCredentials } from '../instances/credentials.ts'
import { createLog } from '../logging/log.ts'
import { readSettings } from '../settings/read.ts'
import { cdktfForPeople } from '../terraform/cdktf.ts'
import { programEnvironment } from '../terraform/environment.ts'
import { marks } from '../terraform/marks.ts'
import { endProcesses } from '../terraform/processes.ts'

const plan = { name: 'redis-3node', id: '3nd336bf-387f-44c1-9b81-575fel966443' }
const ids = { service_id: serviceId, plan_id: plan.id }
const stack = randomUUID()
const instance = `/v2/service_instances/${stack}`

const directory = await mkdtemp(join(tmpdir(), 'redis-broker-demo-'))
const cdktfOutput = join(directory, 'cdktf.out')
const settings = readSettings({ PORT: '0', DATA_DIR: directory, LOG_LEVEL: 'silent' })
const started = startBroker(settings, createLog('silent'))
let cleaned: Promise<void> | undefined
const cleanUpOnce = () => (cleaned ??= cleanUp())
// Not `once`: a Ctrl-C under npm comes twice, and the second one must not end the process in the midst of this.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => void cleanUpOnce().then(() => process.exit(code)))
}
const broker = await started
try {
  await demonstrate()
} finally {
  await cleanUpOnce()
}

async function cleanUp(): Promise<void> {
  // First what makes Redis servers, or starts them again.
  await endProcesses(cdktfOutput, 10)
  await (await started).stop(0)
  await withAws((aws) => aws.stop())
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

async function demonstrate(): Promise<void> {
  step(`The broker answers at ${broker.url}. Its files are in ${directory}.`)

  step(`cf create-service aws-elasticache-redis ${plan.name} my-redis -c '{"engineVersion": "6.2"}'`)
  await ask('PUT', `${instance}?accepts_incomplete=true`, {
    ...ids,
    organization_guid: randomUUID(),
    space_guid: randomUUID(),
    context: { platform: 'cloudfoundry', instance_name: 'my-redis' },
    parameters: { engineVersion: '6.2' },
  })
  await follow()

  step('cf create-service-key my-redis my-key')
  const { credentials } = await ask('PUT', `${instance}/service_bindings/my-key`, ids)
  const shown = { ...credentials, password: '…', uri: 'rediss://:…', ca_certificate: '…' }
  tell(JSON.stringify(shown, null, 2))

  step('A value is written on the primary, over TLS and with the password')
  await redis(credentials, credentials.hostname, (client) => client.set('greeting', 'hello from the demo'))
  tell(`SET greeting on ${credentials.hostname}:${credentials.port}`)

  const reader = credentials.reader_hostname ?? credentials.hostname
  step(`… and read from a replica`)
  const value = await redis(credentials, reader, async (client) => {
    for (;;) {
      const found = await client.get('greeting')
      if (found !== null) return found
      await sleep(50)
    }
  })
  tell(`GET greeting on ${reader}:${credentials.port} → ${value}`)

  step(`npx cdktf diff ${stack}`)
  tell(await cdktfDiff())

  step('cf delete-service my-redis')
  const { service_id, plan_id } = ids
  await ask('DELETE', `${instance}?accepts_incomplete=true&service_id=${service_id}&plan_id=${plan_id}`)
  await follow()

  step('Everything is gone')
  const left = await readdir(join(directory, 'work'))
  const groups = await withAws((aws) => aws.listReplicationGroups())
  tell(`replication groups left: ${groups.length}, work directories left: ${left.length}`)
}

function send(method: string, path: string, body?: object): Promise<Response> {
  const { username, password } = settings.broker
  return fetch(broker.url + path, {
    method,
    headers: {
      Authorization: `Basic ${btoa(`${username}:${password}`)}`,
      'X-Broker-API-Version': '2.17',
      'Content-Type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}

/** The fields of all answers that the demo looks at. */
interface Answer {
  state: string
  description: string
  credentials: RedisCredentials
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const response = await send(method, path, body)
  const answer = (await response.json()) as Answer
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer.description}`)
  return answer
}

/** Shows what `cf service` would, whenever it changes, until the operation has ended. */
async function follow(): Promise<void> {
  for (let before = ''; ; await sleep(500)) {
    const { state, description } = await ask('GET', `${instance}/last_operation`)
    if (description !== before) tell(`${state}: ${description}`)
    if (state === 'failed') throw new Error(description)
    if (state === 'succeeded') return
    before = description
  }
}

type RedisClient = ReturnType<typeof createClient>

async function redis<T>(
  login: RedisCredentials,
  host: string,
  use: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const socket = {
    host,
    port: Number(login.port),
    tls: true as const,
    ...(login.ca_certificate ? { ca: login.ca_certificate } : {}),
  }
  const client = createClient({ socket, password: login.password })
  await client.connect()
  try {
    return await use(client as RedisClient)
  } finally {
    client.destroy()
  }
}

/** The output of cdktf, without its spinner and colours. */
async function cdktfDiff(): Promise<string> {
  const { file, words, cwd, environment } = cdktfForPeople
  const { all } = await execa(file, [...words, 'diff', stack, '--output', cdktfOutput], {
    cwd,
    env: {
      ...programEnvironment(),
      ...environment,
      BROKER_URL: broker.url,
      CI: 'true',
      ...marks(cdktfOutput),
    },
    extendEnv: false,
    all: true,
    reject: false,
  })
  const lines = stripVTControlCharacters(all).split('\n')
  const plan = lines.findIndex((line) => /No changes|Terraform will perform/.test(line))
  return lines
    .slice(Math.max(plan, 0))
    .map((line) => line.replace(stack, '').trim())
    .filter((line) => line !== '' && !/^. +Processing|^\d+ Stack/.test(line))
    .join('\n')
}

async function withAws<T>(use: (aws: LocalAws) => Promise<T>): Promise<T> {
  const aws = LocalAws.open(join(directory, 'local-aws'))
  try {
    return await use(aws)
  } finally {
    aws.close()
  }
}

function step(title: string): void {
  process.stdout.write(`\n▶ ${title}\n`)
}

function tell(text: string): void {
  process.stdout.write(`${text.replace(/^/gm, '  ')}\n`)
}
