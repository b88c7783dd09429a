import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisCredentials } from '../../broker/instances/credentials.ts'
import { repository } from '../../broker/terraform/environment.ts'
import { TestBroker } from '../support/broker.ts'
import { loginOf, withRedis } from '../support/redis.ts'

/** Programs that print what the client reads of `greeting`, around the line of the developers' page. */
interface Client {
  program: string[]
  /** Whether the machine has it. */
  check: string[]
  around(line: string): string
}

const node = [process.execPath, '--input-type=module', '-e']
const python = ['/usr/bin/python3', '-c']
const ruby = ['ruby', '-e']

const given = ['uri', 'hostname', 'port', 'password']
const inJavaScript = `const { ${given.join(', ')} } = process.env;`
const inPython = `import os\n${given.map((name) => `${name} = os.environ['${name}']`).join('\n')}\n`
const inRuby = `${given.map((name) => `${name} = ENV['${name}']`).join('; ')}; `

const clients: Record<string, Client> = {
  'redis-cli': {
    program: ['sh', '-c'],
    check: ['redis-cli', '--version'],
    around: (line) => `${line} get greeting`,
  },
  ioredis: {
    program: node,
    check: [...node, "import 'ioredis'"],
    around: (line) => `import { Redis } from 'ioredis'; ${inJavaScript}
      const redis = ${line}; console.log(await redis.get('greeting')); redis.disconnect()`,
  },
  'node-redis': {
    program: node,
    check: [...node, "import 'redis'"],
    around: (line) => `import { createClient } from 'redis'; ${inJavaScript}
      const redis = ${line}; await redis.connect(); console.log(await redis.get('greeting')); redis.destroy()`,
  },
  'redis-py': {
    program: python,
    check: [...python, 'import redis'],
    around: (line) => `${inPython}import redis\nprint((${line}).get('greeting').decode())`,
  },
  Celery: {
    program: python,
    check: [...python, 'import celery, redis'],
    // Both ways that it uses Redis: a message there, and a result back.
    around: (line) => `${inPython}from celery import Celery
app = ${line}
app.send_task('task')
assert app.connection_for_read().default_channel.queue_declare('celery', passive=True).message_count == 1
print(app.backend.client.get('greeting').decode())`,
  },
  'redis-rb': {
    program: ruby,
    check: [...ruby, "require 'redis'"],
    around: (line) => `${inRuby}require 'redis'; puts (${line}).get('greeting')`,
  },
  Sidekiq: {
    program: ruby,
    check: [...ruby, "require 'sidekiq'"],
    around: (line) => `${inRuby}require 'sidekiq'
      Sidekiq.configure_client { |config| ${line} }
      puts Sidekiq.redis { |redis| redis.get('greeting') }`,
  },
}

function isThere({ check: [program = '', ...args] }: Client): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', cwd: repository })
    return true
  } catch {
    return false
  }
}

/** The lines that connect, by their clients, as the developers' page has them. */
function linesOfPage(): Map<string, string> {
  const page = readFileSync(join(repository, 'docs', 'developers.md'), 'utf8')
  const rows = page.matchAll(/^\| (\S.*?) \| `(.*)` \| [^|]* \|$/gm)
  return new Map(Array.from(rows, ([, client = '', line = '']) => [client, line]))
}

const lines = linesOfPage()
let broker: TestBroker
let credentials: RedisCredentials
let authority: string
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  const id = randomUUID()
  await broker.created(id)
  credentials = (await broker.bind(id, 'key')).body.credentials
  authority = join(broker.dataDirectory, 'authority.pem')
  await writeFile(authority, credentials.ca_certificate ?? '')
  await withRedis(loginOf(credentials), (redis) => redis.set('greeting', 'hello'))
})
afterAll(() => broker?.remove())

/** With what an application has: the credentials, and the authority as the page says it. */
async function run([program = '', ...args]: string[]): Promise<string> {
  const { uri, hostname, port, password } = credentials
  const { stdout } = await execa(program, args, {
    cwd: repository,
    env: {
      ...{ uri, hostname, port, password },
      ...{ SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority },
    },
  })
  return stdout
}

/** Why the page says what it says. */
describe('what a developer would try first fails as the page says', () => {
  const version = /(\d+)\.(\d+)/.exec(execFileSync('redis-cli', ['--version']).toString())
  const affected = version && ['6.2', '7.0'].includes(`${version[1]}.${version[2]}`)
  const cli = '`redis-cli -u` with an empty user name'
  test.skipIf(!affected)(affected ? cli : `${cli} (another version here)`, async () => {
    const answer = await run(['sh', '-c', 'redis-cli --tls -u "$uri" get greeting 2>&1'])
    expect(answer).toContain('WRONGPASS')
  })

  const { Celery } = clients
  const there = Celery !== undefined && isThere(Celery)
  test.skipIf(!there)(`Celery without ssl_cert_reqs${there ? '' : ' (not installed here)'}`, async () => {
    const program = Celery?.around('Celery(broker=uri, backend=uri)') ?? ''
    await expect(run([...python, program])).rejects.toThrow('ssl_cert_reqs')
  })
})

describe("the line of the developers' page connects", () => {
  for (const [name, client] of Object.entries(clients)) {
    const there = isThere(client)
    test.skipIf(!there)(there ? name : `${name} (not installed here)`, async () => {
      const line = lines.get(name)
      if (line === undefined) throw new Error(`the page has no line for ${name}`)
      expect(await run([...client.program, client.around(line)])).toBe('hello')
    })
  }
})
