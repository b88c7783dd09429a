import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RedisCredentials } from '../../../broker/instances/credentials.ts'
import { TestBroker } from '../../support/broker.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { workplace } from './copies.ts'

let broker: TestBroker
let credentials: RedisCredentials
beforeAll(async () => {
  broker = await TestBroker.start()
  const id = randomUUID()
  await broker.created(id)
  credentials = (await broker.bind(id, 'key')).body.credentials
})
afterAll(() => broker?.remove())

/** A tunnel to a Redis, as `cf ssh -L` makes it. @returns its port */
async function tunnel({ hostname, port }: Pick<RedisCredentials, 'hostname' | 'port'>): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterAll(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return String((server.address() as AddressInfo).port)
}

test('an instance of the broker is copied through a tunnel, with the certificate of the Redis checked', async () => {
  const { run, keyOf } = await workplace()
  const login = loginOf(credentials)
  await withRedis(login, (redis) => redis.set('kept', 'value'))
  const key = await keyOf('key.json', { serviceKey: JSON.stringify({ credentials }) })
  const way = ['--credentials', key, '--host', '127.0.0.1', '--port', await tunnel(credentials)]
  expect(await run('dump', ...way, '--out', 'all.dump')).toMatchObject({ code: 0, stderr: '' })
  await withRedis(login, (redis) => redis.del('kept'))
  expect(await run('restore', ...way, '--in', 'all.dump')).toMatchObject({ code: 0, stderr: '' })
  expect(await withRedis(login, (redis) => redis.get('kept'))).toBe('value')
})

test('a tunnel that leads to another Redis is refused for its certificate, unless --insecure takes any', async () => {
  const { run, keyOf } = await workplace()
  const other = { ...credentials, hostname: '127.0.0.2' }
  const key = await keyOf('key.json', { serviceKey: JSON.stringify({ credentials: other }) })
  const way = ['--credentials', key, '--host', '127.0.0.1', '--port', await tunnel(credentials)]
  const { code, stderr } = await run('dump', ...way, '--out', 'all.dump')
  expect([code, stderr]).toEqual([1, expect.stringContaining('The certificate is that of another server')])
  expect(await run('dump', ...way, '--insecure', '--out', 'all.dump')).toMatchObject({ code: 0 })
})

test('an authority that is not known here is named, with what to do', async () => {
  const { run, keyOf } = await workplace()
  const { ca_certificate: _, ...unsigned } = credentials
  const key = await keyOf('key.json', { serviceKey: JSON.stringify({ credentials: unsigned }) })
  const { stderr } = await run('dump', '--credentials', key, '--out', 'all.dump')
  expect(stderr).toContain(
    'signed by an authority that is not known here: name its file in NODE_EXTRA_CA_CERTS',
  )
})
