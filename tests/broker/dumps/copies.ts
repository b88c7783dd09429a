import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import { nodeFlags } from '../../support/node.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'

const main = fileURLToPath(new URL('../../../broker/commands/main.ts', import.meta.url))

/** A directory for dumps and service keys, and the command line in it. */
export async function workplace() {
  const directory = await mkdtemp(join(tmpdir(), 'dumps-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const begin = (...words: string[]) =>
    execa(process.execPath, [...nodeFlags, main, ...words], {
      cwd: directory,
      env: { PATH: process.env.PATH ?? '' },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
    })
  const run = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await begin(...words)
    return { code: exitCode, stdout, stderr }
  }
  const keyOf = async (name: string, { serviceKey }: Pick<RedisServer, 'serviceKey'>) => {
    await writeFile(join(directory, name), serviceKey)
    return name
  }
  return { path: (name: string) => join(directory, name), begin, run, keyOf }
}

/**
 * A Redis to copy from, one to copy to, and a place with their service keys, where `all.dump` is between them.
 * @param settings of the two, in redis.conf
 */
export async function copying(
  settings: { source?: Record<string, string>; target?: Record<string, string> } = {},
) {
  const [source, target, place] = await Promise.all([
    startRedis(settings.source),
    startRedis(settings.target),
    workplace(),
  ])
  const words = {
    dump: ['dump', '--credentials', await place.keyOf('source', source), '--out', 'all.dump'],
    restore: ['restore', '--credentials', await place.keyOf('target', target), '--in', 'all.dump'],
  }
  return {
    source,
    target,
    place,
    /** Runs that are not waited for. */
    begin: { dump: () => place.begin(...words.dump), restore: () => place.begin(...words.restore) },
    dump: (...more: string[]) => place.run(...words.dump, ...more),
    restore: (...more: string[]) => place.run(...words.restore, ...more),
  }
}

const digests = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    found[#found + 1] = redis.sha1hex(key) .. ' ' .. redis.sha1hex(redis.call('DUMP', key))
  end
  table.sort(found)
  return found`

/** A digest of each key and of its value, in the databases that the tests use. */
export const contents = (redis: RedisServer) =>
  redis.use(async (client) => {
    const found: Record<number, unknown> = {}
    for (const database of [0, 3, 15]) {
      await client.sendCommand(['SELECT', String(database)])
      found[database] = await client.sendCommand(['EVAL', digests, '0'])
    }
    return found
  })

/** Strings that are large enough for a dump to take a moment. */
export const fill = (redis: RedisServer, keys: number) =>
  redis.use((client) =>
    client.sendCommand([
      'EVAL',
      "for i = 1, tonumber(ARGV[1]) do redis.call('SET', 'key:' .. i, string.rep(i, 20)) end",
      '0',
      String(keys),
    ]),
  )
