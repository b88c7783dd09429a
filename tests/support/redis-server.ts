import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'
import { withRedis } from './redis.ts'
import { until } from './until.ts'

export interface RedisServer {
  port: number
  /** As `cf service-key` prints it. */
  serviceKey: string
  use: <T>(work: Parameters<typeof withRedis<T>>[1]) => Promise<T>
}

/** A real Redis without TLS, which ends with the test. @param settings of redis.conf */
export async function startRedis(settings: Record<string, string> = {}): Promise<RedisServer> {
  const password = 'the-password-of-redis'
  const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'redis-'))]
  const all = { port, bind: '127.0.0.1', requirepass: password, save: '', dir: directory, ...settings }
  // Given by standard input, as a password has to be.
  const configuration = Object.entries(all).map(([name, value]) => `${name} ${value === '' ? '""' : value}\n`)
  const server = execa('redis-server', ['-'], { input: configuration.join(''), reject: false })
  onTestFinished(async () => {
    server.kill('SIGKILL')
    await server
    await rm(directory, { recursive: true, force: true })
  })
  const use: RedisServer['use'] = (work) =>
    withRedis({ host: '127.0.0.1', port: String(port), password }, work)
  await until(() =>
    use((redis) => redis.ping()).then(
      () => true,
      () => false,
    ),
  )
  const credentials = {
    hostname: '127.0.0.1',
    host: '127.0.0.1',
    port: String(port),
    password,
    uri: `redis://:${password}@127.0.0.1:${port}`,
  }
  const serviceKey = `Getting key mine for service instance my-redis as admin...\n\n${JSON.stringify({ credentials }, null, 2)}\n`
  return { port, serviceKey, use }
}
