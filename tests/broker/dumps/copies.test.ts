import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { contents, copying, fill } from './copies.ts'

test('a dump and a restore copy every type of value, bytes as they are, times to live and databases', async () => {
  const { source, target, dump, restore } = await copying()
  await source.use(async (redis) => {
    await redis.set(Buffer.from([0, 255, 10, 13]), Buffer.from([0, 128, 255]))
    await redis.set('', 'of the empty key')
    await redis.set('large', 'x'.repeat(6_000_000))
    await redis.rPush('list', ['1', '2'])
    await redis.hSet('hash', { field: 'value' })
    await redis.sAdd('set', ['1', '2', '3'])
    await redis.zAdd('sorted', { score: 1.5, value: 'one' })
    await redis.xAdd('stream', '*', { field: 'value' })
    await redis.pfAdd('log', 'element')
    await redis.set('ends', '1', { EX: 5000 })
    await redis.sendCommand(['SELECT', '3'])
    await redis.set('in three', '1')
    await redis.sendCommand(['SELECT', '15'])
    await redis.set('in fifteen', '1', { PX: 5_000_000 })
  })
  await fill(source, 3000)
  const dumped = await dump('--json')
  expect(dumped).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(dumped.stdout)).toMatchObject({ keys: 3012, file: 'all.dump', before: 0 })
  const restored = await restore()
  expect(restored).toEqual({ code: 0, stdout: 'Keys written: 3012', stderr: '' })
  expect(await contents(target)).toEqual(await contents(source))
  const left = await target.use(async (redis) => {
    const [forever, ends] = [await redis.pTTL('list'), await redis.pTTL('ends')]
    await redis.sendCommand(['SELECT', '15'])
    return [forever, ends, await redis.pTTL('in fifteen')]
  })
  expect(left).toEqual([-1, expect.closeTo(5_000_000, -5), expect.closeTo(5_000_000, -5)])
})

test('a key has as long to live as it had in the dump, or ends when it would have, as one chooses', async () => {
  const { source, target, dump, restore } = await copying()
  await source.use(async (redis) => {
    await redis.set('short', '1', { PX: 4000 })
    await redis.set('long', '1', { PX: 5_000_000 })
  })
  await dump()
  await sleep(4000)
  const absolute = await restore('--absolute-expiry')
  expect(absolute.stdout).toBe('Keys written: 1\nLeft out, since they have ended: 1')
  expect(await target.use((redis) => redis.pTTL('long'))).toBeLessThan(5_000_000 - 4000)
  await target.use((redis) => redis.flushAll())
  expect((await restore()).stdout).toBe('Keys written: 2')
  expect(await target.use((redis) => redis.pTTL('short'))).toBeGreaterThan(0)
})

test('a Redis without keys is copied, too', async () => {
  const { dump, restore } = await copying()
  expect((await dump()).stdout).toContain('Keys in all.dump: 0')
  expect((await restore()).stdout).toBe('Keys written: 0')
})

test('a Redis that has keys is refused, and --replace overwrites those of the same names alone', async () => {
  const { source, target, dump, restore } = await copying()
  await source.use((redis) => redis.set('same', 'from the dump'))
  await target.use((redis) => redis.mSet({ same: 'before', other: 'stays' }))
  await dump()
  const refused = await restore()
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('The Redis has 2 keys, so nothing was written. --replace overwrites')
  expect(await target.use((redis) => redis.mGet(['same', 'other']))).toEqual(['before', 'stays'])
  expect((await restore('--replace')).stdout).toBe('Keys written: 1')
  expect(await target.use((redis) => redis.mGet(['same', 'other']))).toEqual(['from the dump', 'stays'])
})

test('a Redis is asked in the protocol that Redis 5 knows, too', async () => {
  // Later ones begin with HELLO, which Redis 5 has not.
  const { dump } = await copying({ source: { 'rename-command': 'HELLO ""' } })
  expect(await dump()).toMatchObject({ code: 0, stderr: '' })
})

test('keys that the Redis drops for want of memory are counted, and the restore has failed', async () => {
  const { source, target, dump, restore } = await copying({
    target: { maxmemory: '4mb', 'maxmemory-policy': 'volatile-lru' },
  })
  await source.use((redis) =>
    redis.sendCommand([
      'EVAL',
      "for i = 1, 10000 do redis.call('SET', i, string.rep('x', 500), 'EX', 9999) end",
      '0',
    ]),
  )
  await dump()
  const { code, stdout } = await restore()
  const [, evicted] = /since the memory of the Redis is full: (\d+)\./.exec(stdout) ?? []
  expect(code).toBe(1)
  const left = await target.use((redis) => redis.dbSize())
  // Redis goes on dropping keys for a moment.
  expect(Number(evicted)).toBeGreaterThan(1000)
  expect(Number(evicted) + left).toBeLessThanOrEqual(10_000)
})
