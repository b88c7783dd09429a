import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startRedis } from '../../support/redis-server.ts'
import { contents, fill, workplace } from './copies.ts'

test('a dump and a restore copy every type of value, bytes as they are, times to live and databases', async () => {
  const [source, target, { run, keyOf }] = await Promise.all([startRedis(), startRedis(), workplace()])
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
  const dumped = await run(
    'dump',
    '--credentials',
    await keyOf('source', source),
    '--out',
    'all.dump',
    '--json',
  )
  expect(dumped).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(dumped.stdout)).toMatchObject({ keys: 3012, file: 'all.dump', before: 0 })
  const restored = await run('restore', '--credentials', await keyOf('target', target), '--in', 'all.dump')
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
  const [source, target, { run, keyOf }] = await Promise.all([startRedis(), startRedis(), workplace()])
  await source.use(async (redis) => {
    await redis.set('short', '1', { PX: 4000 })
    await redis.set('long', '1', { PX: 5_000_000 })
  })
  await run('dump', '--credentials', await keyOf('source', source), '--out', 'all.dump')
  await sleep(4000)
  const restore = ['restore', '--credentials', await keyOf('target', target), '--in', 'all.dump']
  const absolute = await run(...restore, '--absolute-expiry')
  expect(absolute.stdout).toBe('Keys written: 1\nLeft out, since they have ended: 1')
  expect(await target.use((redis) => redis.pTTL('long'))).toBeLessThan(5_000_000 - 4000)
  await target.use((redis) => redis.flushAll())
  expect((await run(...restore)).stdout).toBe('Keys written: 2')
  expect(await target.use((redis) => redis.pTTL('short'))).toBeGreaterThan(0)
})

test('a Redis without keys is copied, too', async () => {
  const [source, { run, keyOf }] = await Promise.all([startRedis(), workplace()])
  const key = await keyOf('source', source)
  expect((await run('dump', '--credentials', key, '--out', 'none.dump')).stdout).toContain(
    'Keys in none.dump: 0',
  )
  expect((await run('restore', '--credentials', key, '--in', 'none.dump')).stdout).toBe('Keys written: 0')
})

test('a Redis that has keys is refused, and --replace overwrites those of the same names alone', async () => {
  const [source, target, { run, keyOf }] = await Promise.all([startRedis(), startRedis(), workplace()])
  await source.use((redis) => redis.set('same', 'from the dump'))
  await target.use((redis) => redis.mSet({ same: 'before', other: 'stays' }))
  await run('dump', '--credentials', await keyOf('source', source), '--out', 'all.dump')
  const restore = ['restore', '--credentials', await keyOf('target', target), '--in', 'all.dump']
  const refused = await run(...restore)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('The Redis has 2 keys, so nothing was written. --replace overwrites')
  expect(await target.use((redis) => redis.mGet(['same', 'other']))).toEqual(['before', 'stays'])
  expect((await run(...restore, '--replace')).stdout).toBe('Keys written: 1')
  expect(await target.use((redis) => redis.mGet(['same', 'other']))).toEqual(['from the dump', 'stays'])
})
