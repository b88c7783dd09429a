import { chmod, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { lockFile } from '../../../broker/data-directory/lock.ts'
import { Part } from '../../../broker/dumps/part.ts'
import { Position } from '../../../broker/dumps/position.ts'
import { startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { contents, copying, fill, workplace } from './copies.ts'

const keys = 60_000

test('a dump and a restore that are killed go on where they were, and nothing is missing; a Redis that was restarted gets all anew', async () => {
  const [{ source, target, place, begin, dump, restore }, restarted] = await Promise.all([
    copying(),
    startRedis(),
  ])
  await fill(source, keys)
  const firstDump = begin.dump()
  const copied = () =>
    stat(place.path('all.dump.partial')).then(
      ({ size }) => size,
      () => 0,
    )
  await until(async () => (await copied()) > 1_000_000)
  firstDump.kill('SIGKILL')
  await firstDump
  // As if it had been killed in the midst of a write.
  await truncate(place.path('all.dump.partial'), (await copied()) - 1000)
  const secondDump = await dump('--json')
  expect(secondDump.code).toBe(0)
  const { keys: all, before } = JSON.parse(secondDump.stdout)
  expect(before).toBeGreaterThan(0)
  expect(all).toBeGreaterThanOrEqual(keys)
  expect(await copied()).toBe(0)

  const written = () => target.use((redis) => redis.dbSize())
  const onRecord = () => readFile(place.path('all.dump.restoring'), 'utf8').catch(() => '{}')
  const first = begin.restore()
  await until(async () => (await written()) > 20_000)
  // It puts on record how far it is once a second, and a fast machine needs no second for all.
  first.kill('SIGSTOP')
  await sleep(1100)
  first.kill('SIGCONT')
  await until(async () => JSON.parse(await onRecord()).keys > 0)
  first.kill('SIGKILL')
  await first
  expect(await written()).toBeLessThan(keys)

  const record = await onRecord()
  // Another process behind the same address, and without what the first one was given, but for a key of an application.
  await restarted.use((redis) => redis.set('key:1', 'newer'))
  // On a busy machine it also tells how far it is.
  expect(await restore('--port', String(restarted.port))).toMatchObject({
    code: 0,
    stdout: `The Redis was restarted after the run before: all keys were written once more.\nKeys written: ${all - 1}\nThere already, and left as they were: 1`,
  })
  const [newer, older] = await Promise.all(
    [restarted, source].map(({ use }) => use((redis) => redis.get('key:1'))),
  )
  expect(newer).toBe('newer')
  await restarted.use((redis) => redis.set('key:1', older ?? ''))
  const expected = await contents(source)
  expect(await contents(restarted)).toEqual(expected)

  await writeFile(place.path('all.dump.restoring'), record)
  // What it wrote last was not on record, and is there already.
  const second = await restore()
  expect(second.code).toBe(0)
  const [, restored, present = 0] =
    /^Keys written: (\d+)(?:\nThere already, and left as they were: (\d+))?$/.exec(second.stdout) ?? []
  expect(Number(restored) + Number(present)).toBe(all)
  expect(await contents(target)).toEqual(expected)
  await expect(stat(place.path('all.dump.restoring'))).rejects.toThrow('ENOENT')
  expect((await restore()).stderr).toContain(`The Redis has ${keys} keys`)
})

test('a part of a dump of another Redis, or of one that was restarted, is not gone on with', async () => {
  const { source, target: other, place, dump } = await copying()
  const { run, keyOf } = place
  await fill(source, 10)
  await dump()
  const whole = await readFile(place.path('all.dump'))
  await writeFile(place.path('part.dump.partial'), whole.subarray(0, -20))
  const dumpOf = async (name: string, redis: Parameters<typeof keyOf>[1]) =>
    (await run('dump', '--credentials', await keyOf(name, redis), '--out', 'part.dump')).stderr
  expect(await dumpOf('other', other)).toContain(
    `part.dump.partial is a part of a dump of 127.0.0.1:${source.port}. Choose another name, or remove it.`,
  )
  // Another server behind the same address.
  const disguised = { serviceKey: other.serviceKey.replaceAll(String(other.port), String(source.port)) }
  const { stderr } = await run(
    ...(['dump', '--credentials', await keyOf('disguised', disguised), '--out', 'part.dump'] as const),
    ...['--port', String(other.port)],
  )
  expect(stderr).toContain('the Redis was restarted since, or another of its nodes answers now')
  expect(await readFile(place.path('part.dump.partial'))).toEqual(whole.subarray(0, -20))
})

const target = { sha256: 'of the dump', host: 'redis', port: 6379 }
const header = {
  format: 'redis-broker dump' as const,
  version: 1 as const,
  host: 'redis',
  port: 6379,
  server: 'Redis 6.2.6',
  runId: 'one',
  databases: [0, 3, 15].map((database): [number, number] => [database, 1]),
}

test('a dump goes on in the database where it was, and with those after it', async () => {
  const { path } = await workplace()
  const reopened = async () => {
    const part = await Part.open(path('x.partial'), header)
    await part.close()
    return header.databases.map(([database]) => part.cursorIn(database))
  }
  expect(await reopened()).toEqual(['0', '0', '0'])
  const append = async (database: number, cursor: string) => {
    const part = await Part.open(path('x.partial'), header)
    await part.append({ database, cursor, at: 0, keys: [], ended: 0 })
    await part.close()
  }
  await append(0, '0')
  expect(await reopened()).toEqual([undefined, '0', '0'])
  await append(3, '7')
  expect(await reopened()).toEqual([undefined, '7', '0'])
})

test('where a Redis does not say which process it is, nothing is gone on with', async () => {
  const { path } = await workplace()
  const open = () => Part.open(path('x.partial'), { ...header, runId: '' })
  await (await open()).close()
  await expect(open()).rejects.toThrow('cannot be gone on with: the Redis was restarted since')
  const find = () => Position.find(path('x'), { ...target, sha256: 'a' }, { runId: '', evicted: 0 })
  await (await find()).advance(100, { keys: 1, present: 0, expired: 0 })
  expect(await find()).toMatchObject({ isKept: true, isAgain: true, offset: 0 })
})

test('how far a restore is counts for one dump, one Redis and one process of it', async () => {
  const { path } = await workplace()
  const find = (other: Partial<typeof target>, runId = 'one', evicted = 5) =>
    Position.find(path('x'), { ...target, ...other }, { runId, evicted })
  await (await find({})).advance(100, { keys: 3, present: 2, expired: 1 })
  const same = await find({}, 'one', 8)
  expect(same).toMatchObject({ isAgain: false, offset: 100, keys: 3, present: 2, expired: 1 })
  expect(same.evictedOf({ runId: 'one', evicted: 9 })).toBe(4)
  expect(await find({}, 'two', 0)).toMatchObject({ isAgain: true, offset: 0, keys: 0 })
  await expect(find({ sha256: 'of another' })).rejects.toThrow('of another dump into redis:6379')
  await expect(find({ host: 'other' })).rejects.toThrow('into redis:6379 that was interrupted')
  await expect(find({ port: 6380 })).rejects.toThrow('into redis:6379 that was interrupted')
})

test('a restore that was interrupted stands in the way of another one of the same file', async () => {
  const { source, target, place, dump, restore } = await copying()
  await fill(source, 10)
  await dump()
  const saved = {
    sha256: 'of another',
    host: '127.0.0.1',
    port: 1,
    runId: '',
    evictedBefore: 0,
    offset: 0,
    keys: 0,
    present: 0,
    expired: 0,
  }
  await writeFile(place.path('all.dump.restoring'), JSON.stringify(saved))
  const { code, stderr } = await restore()
  expect(code).toBe(1)
  expect(stderr).toContain(
    'all.dump.restoring is of a restore of another dump into 127.0.0.1:1 that was interrupted.',
  )
  expect(await target.use((redis) => redis.dbSize())).toBe(0)
})

test('two processes never work on the same dump at once', async () => {
  const { source, place, dump, restore } = await copying()
  await fill(source, 10)
  const first = lockFile(place.path('all.dump.lock'))
  expect(await dump()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another dump or restore of all.dump'),
  })
  first?.()
  // The file alone, as a killed process leaves it, locks nothing.
  expect(await dump()).toMatchObject({ code: 0 })
  await expect(stat(place.path('all.dump.lock'))).rejects.toThrow('ENOENT')
  const second = lockFile(place.path('all.dump.lock'))
  expect(await restore()).toMatchObject({ code: 1, stderr: expect.stringContaining('is running') })
  second?.()
  expect(await restore()).toMatchObject({ code: 0 })
})

test('a dump is for its owner alone, also when others had made the file', async () => {
  const { place, dump } = await copying()
  await writeFile(place.path('all.dump.partial'), '', { mode: 0o666 })
  await chmod(place.path('all.dump.partial'), 0o666)
  await dump()
  expect((await stat(place.path('all.dump'))).mode & 0o777).toBe(0o600)
})
