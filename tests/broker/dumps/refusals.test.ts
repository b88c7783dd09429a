import { readFile, writeFile } from 'node:fs/promises'
import { decode } from '@msgpack/msgpack'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Way } from '../../../broker/dumps/connection.ts'
import { dump } from '../../../broker/dumps/dump.ts'
import { asSentence } from '../../../broker/dumps/faults.ts'
import { fileFault } from '../../../broker/dumps/file-fault.ts'
import { frameOf } from '../../../broker/dumps/frames.ts'
import { restore } from '../../../broker/dumps/restore.ts'
import { readServiceKey } from '../../../broker/dumps/service-key.ts'
import { causeOf } from '../../../state-backend/postgres/cause.ts'
import { freePort } from '../../support/free-port.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { fill, workplace } from './copies.ts'

const password = 'the-password-of-redis'
let place: Awaited<ReturnType<typeof workplace>>
beforeEach(async () => {
  place = await workplace()
})

const never = () => {}

/** The message of a refusal, with nothing of the password in it. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const { message } = await work.then(
    () => ({ message: 'It was not refused.' }),
    (error: Error) => causeOf(error),
  )
  expect(message).not.toContain(password)
  return message
}

/** A dump with the service key in a file. */
const dumpWith = async (file: string, way: Way = {}) =>
  dump(await readServiceKey(place.path(file)), way, place.path('x'), never)

async function restoreInto(target: RedisServer, file: string) {
  await place.keyOf('target', target)
  const key = await readServiceKey(place.path('target'))
  return restore(key, {}, place.path(file), { replace: false, absoluteExpiry: false }, never)
}

async function dumped(source: RedisServer): Promise<void> {
  await place.keyOf('source', source)
  await dump(await readServiceKey(place.path('source')), {}, place.path('all.dump'), never)
}

test('a dump is never written over a file', async () => {
  await place.keyOf('key.json', { serviceKey: JSON.stringify({ hostname: '127.0.0.1', port: 1, password }) })
  await writeFile(place.path('x'), 'of somebody')
  expect(await refusal(dumpWith('key.json'))).toContain('x is there already. Choose another name.')
  expect(await readFile(place.path('x'), 'utf8')).toBe('of somebody')
})

test('an error that is not known is told without the password that it quotes', () => {
  const key = { host: 'redis', port: 6379, tls: true, password }
  const error = new Error(`ERR unknown command, with args beginning with: '${password}'`)
  expect(asSentence(error, key).message).toBe("ERR unknown command, with args beginning with: '(password)'")
})

describe('a file that cannot be there is refused before the Redis is asked', () => {
  const key = { host: '127.0.0.1', port: 9, tls: false }
  const dumpTo = (file: string) => refusal(dump(key, {}, file, never))
  const restoreFrom = (file: string) =>
    refusal(restore(key, {}, file, { replace: false, absoluteExpiry: false }, never))

  test('its directory is missing, or a file', async () => {
    expect(await dumpTo(place.path('nope/x.dump'))).toBe(
      `There is no directory ${place.path('nope')}. Make it, or choose another file.`,
    )
    await writeFile(place.path('file'), '')
    expect(await dumpTo(place.path('file/x.dump'))).toBe(
      `${place.path('file')} is no directory. Choose another file.`,
    )
  })

  test('what is to be restored is missing, or a directory', async () => {
    expect(await restoreFrom(place.path('none.dump'))).toBe(`There is no file ${place.path('none.dump')}.`)
    expect(await restoreFrom(place.path('.'))).toBe(
      `${place.path('.')} is a directory. Name the file that dump has written.`,
    )
  })

  test.each([
    ['EACCES', "x.dump can't be read: the user that runs this has no right to."],
    ['ENOSPC', "x.dump can't be written: the disk is full."],
    ['EROFS', "x.dump can't be written: its disk is for reading only."],
  ])('%s is told in words', (code, told) => {
    expect(fileFault(Object.assign(new Error(code), { code }), 'x.dump', 'read').message).toBe(told)
  })
})

describe('a Redis that cannot be copied says why', () => {
  const ofRedis = async (redis: Pick<RedisServer, 'serviceKey'>) =>
    refusal(dumpWith(await place.keyOf('key.json', redis)))

  test('its password has changed: exit code 1, and nothing on standard output', async () => {
    const redis = await startRedis()
    const serviceKey = redis.serviceKey.replaceAll(password, 'the-one-before')
    await place.keyOf('key.json', { serviceKey })
    const { code, stdout, stderr } = await place.run('dump', '--credentials', 'key.json', '--out', 'x')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Redis does not take this password. It may have been changed')
    expect(stderr).not.toContain('the-one-before')
  })

  test('it does not answer', async () => {
    const port = await freePort()
    const serviceKey = JSON.stringify({ hostname: '127.0.0.1', port, password })
    expect(await ofRedis({ serviceKey })).toContain(
      `The Redis cannot be reached. From outside of the platform it takes a tunnel: cf ssh <app> -L "8000:127.0.0.1:${port}", and --host 127.0.0.1 --port 8000.`,
    )
  })

  test('it speaks no TLS, and the key says that it should', async () => {
    const redis = await startRedis()
    const serviceKey = redis.serviceKey.replace('redis://', 'rediss://')
    expect(await ofRedis({ serviceKey })).toContain('The Redis does not answer, not with TLS at least.')
  })

  test('it has shards', async () => {
    expect(await ofRedis(await startRedis({ 'cluster-enabled': 'yes' }))).toContain(
      'This Redis has shards (cluster mode)',
    )
  })

  test('a port that is none is refused before anything else', async () => {
    const { code, stderr } = await place.run('dump', '--credentials', 'x', '--out', 'x', '--port', '0')
    expect([code, stderr]).toEqual([1, expect.stringContaining('It is a number from 1 to 65535.')])
  })
})

describe('a dump that is not as it was written is refused, and nothing is written', () => {
  let target: RedisServer
  let whole: Buffer
  beforeEach(async () => {
    const source = await startRedis()
    await fill(source, 500)
    await dumped(source)
    whole = await readFile(place.path('all.dump'))
    target = await startRedis()
  })
  const restored = async (content: Buffer) => {
    await writeFile(place.path('other.dump'), content)
    const said = await refusal(restoreInto(target, 'other.dump'))
    expect(await target.use((redis) => redis.dbSize())).toBe(0)
    return said
  }

  test('cut off anywhere', async () => {
    for (const bytes of [whole.length - 1, whole.length - 100, 300]) {
      expect(await restored(whole.subarray(0, bytes))).toContain(
        'other.dump cannot be restored: it is cut off or damaged',
      )
    }
  })

  test('one bit has turned', async () => {
    for (const place of [10, Math.floor(whole.length / 2), whole.length - 3]) {
      const damaged = Buffer.from(whole)
      damaged[place] = (damaged[place] ?? 0) ^ 1
      expect(await restored(damaged)).toContain('other.dump cannot be restored: it is')
    }
  })

  test('a frame is missing, of which nothing else would tell', async () => {
    const first = whole.readUInt32BE(0) + 8
    const second = whole.readUInt32BE(first) + 8
    const without = Buffer.concat([whole.subarray(0, first), whole.subarray(first + second)])
    expect(await restored(without)).toContain('its checksum is that of another dump')
  })

  test('a frame is there that was not, with a good checksum of its own', async () => {
    const first = whole.readUInt32BE(0) + 8
    const second = whole.readUInt32BE(first) + 8
    const [header, batch] = [whole.subarray(0, first), whole.subarray(first, first + second)]
    const changed = frameOf({ ...(decode(batch.subarray(4, -4)) as object), at: 0 })
    const rest = whole.subarray(first + second)
    const framed = (...frames: Buffer[]) => restored(Buffer.concat(frames))
    expect(await framed(header, changed, rest)).toContain('its checksum is that of another dump')
    expect(await framed(header, frameOf({ new: true }), batch, rest)).toContain('that is not known')
    expect(await framed(whole, batch)).toContain('there is more after its end')
  })

  test('something else', async () => {
    expect(await restored(Buffer.from('REDIS0011 and so on'))).toContain('it is no dump of redis-broker')
    expect(await restored(Buffer.alloc(0))).toContain('it is no dump of redis-broker')
  })
})

describe('a Redis that does not take the keys says why', () => {
  const refusedBy = async (settings: Record<string, string>) => {
    const [source, target] = [await startRedis(), await startRedis(settings)]
    await source.use((redis) => redis.set('key', 'x'.repeat(100_000)))
    await source.use(async (redis) => {
      await redis.sendCommand(['SELECT', '3'])
      await redis.set('key', '1')
    })
    await dumped(source)
    return refusal(restoreInto(target, 'all.dump'))
  }

  test('it has no memory left', async () => {
    expect(await refusedBy({ maxmemory: '1', 'maxmemory-policy': 'noeviction' })).toContain(
      'The Redis has no memory left. Choose a larger plan, or delete keys. Nothing was written.',
    )
  })

  test('it has memory for some of them', async () => {
    const [source, target] = [
      await startRedis(),
      await startRedis({ maxmemory: '3mb', 'maxmemory-policy': 'noeviction' }),
    ]
    await source.use((redis) =>
      redis.mSet(Array.from({ length: 700 }, (_, key) => [String(key), 'x'.repeat(5000)]).flat()),
    )
    await dumped(source)
    expect(await refusal(restoreInto(target, 'all.dump'))).toContain(
      'or delete keys. 0 keys and more are written: the same command goes on from there.',
    )
    expect(await target.use((redis) => redis.dbSize())).toBeGreaterThan(0)
  })

  test('it is a replica', async () => {
    expect(await refusedBy({ replicaof: '127.0.0.1 1' })).toContain('This is a replica, which takes no keys.')
  })

  test('it has fewer databases', async () => {
    const said = await refusedBy({ databases: '1' })
    expect(said).toContain('This Redis has fewer databases than the one that the keys come from.')
    expect(said).toContain('1 keys and more are written: the same command goes on from there.')
  })
})
