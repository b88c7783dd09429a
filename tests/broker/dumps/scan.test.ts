import { expect, onTestFinished, test } from 'vitest'
import { Connection } from '../../../broker/dumps/connection.ts'
import { lifeOf, scan } from '../../../broker/dumps/scan.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { fill } from './copies.ts'

async function connected({ port }: RedisServer): Promise<Connection> {
  const password = 'the-password-of-redis'
  const connection = await Connection.open({ host: '127.0.0.1', port, password, tls: false })
  onTestFinished(() => connection.close())
  return connection
}

test('however large values are, no more of them are asked for at once than fit into memory', async () => {
  const redis = await startRedis()
  await fill(redis, 3000)
  await redis.use(async (client) => {
    for (let large = 0; large < 40; large++)
      await client.set(`large:${large}`, Buffer.alloc(1_500_000, large))
    await client.rPush(
      'list',
      Array.from({ length: 50 }, () => 'x'.repeat(200_000)),
    )
  })
  let keys = 0
  for await (const batch of scan(await connected(redis), 0)) {
    keys += batch.keys.length
    const memory = await redis.use(async (client) => {
      const sizes = await Promise.all(batch.keys.map(([key]) => client.memoryUsage(Buffer.from(key))))
      return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    })
    expect(batch.keys.length === 1 || memory <= 4_000_000).toBe(true)
  }
  expect(keys).toBe(3041)
})

test('a key that ends between the scan and its copy is left out, and counted, and the scan goes on from whole steps', async () => {
  const redis = await startRedis()
  const value = Buffer.alloc(5_000_000)
  await redis.use((client) => client.mSet({ a: value, b: value, c: value }))
  let [keys, ended] = [0, 0]
  const cursors: (string | undefined)[] = []
  for await (const batch of scan(await connected(redis), 0)) {
    keys += batch.keys.length
    ended += batch.ended
    cursors.push(batch.cursor)
    // Those that the scan has seen and that are not copied yet.
    const copied = String(batch.keys[0]?.[0])
    await redis.use((client) => client.del(['a', 'b', 'c'].filter((key) => key !== copied)))
  }
  expect({ keys, ended }).toEqual({ keys: 1, ended: 2 })
  // One that is interrupted between these would miss the keys of the others.
  expect(cursors).toEqual([undefined, undefined, '0'])
})

test.each([
  ['a key without an end lives for ever', -1, 0],
  ['one with less than a millisecond left does not', 0, 1],
  ['one that is not there has no life', -2, undefined],
  ['one with an end has as long as it says', 5000, 5000],
])('%s', (_what, left, life) => {
  expect(lifeOf(left)).toBe(life)
})
