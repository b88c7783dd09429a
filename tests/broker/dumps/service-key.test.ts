import { writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { readServiceKey } from '../../../broker/dumps/service-key.ts'
import { workplace } from './copies.ts'

const password = 'the-password-of-redis'
let place: Awaited<ReturnType<typeof workplace>>
beforeEach(async () => {
  place = await workplace()
})

/** The message of the refusal of a file, with nothing of the password in it. */
async function refusal(file: string): Promise<string> {
  const message = await readServiceKey(place.path(file)).then(
    () => 'It was not refused.',
    (error: Error) => error.message,
  )
  expect(message).not.toContain(password)
  return message
}

describe('a service key that cannot be used is refused, and named', () => {
  const good = { hostname: 'redis.example.org', port: '6379', password }
  test.each<[string, string, string]>([
    ['no JSON', `password: ${password}`, 'There is no JSON in key.json. It should have what "cf service-key'],
    ['no host', JSON.stringify({ ...good, hostname: undefined }), 'There is no hostname in key.json.'],
    ['no port', JSON.stringify({ ...good, port: undefined }), 'There is no port in key.json.'],
    ['a port that is none', JSON.stringify({ ...good, port: '70000' }), 'There is no port in key.json.'],
    ['no password', JSON.stringify({ ...good, password: undefined }), 'There is no password in key.json.'],
    [
      'a password that is none',
      JSON.stringify({ ...good, password: 1 }),
      'password in key.json is not what a service key has.',
    ],
    [
      'an address of something else',
      JSON.stringify({ ...good, uri: `https://${password}@x` }),
      'uri in key.json is no address of a Redis',
    ],
  ])('%s', async (_what, content, sentence) => {
    const file = place.path('key.json')
    await writeFile(file, content)
    expect(await refusal('key.json')).toContain(sentence.replace('key.json', file))
  })

  test('one that says nothing of TLS is for a Redis with TLS', async () => {
    const tlsOf = async (more: object) => {
      await writeFile(place.path('key.json'), JSON.stringify({ ...good, ...more }))
      return (await readServiceKey(place.path('key.json'))).tls
    }
    expect(await tlsOf({})).toBe(true)
    expect(await tlsOf({ uri: `redis://:${password}@x` })).toBe(false)
  })

  test('a file that is not there, or is a directory', async () => {
    expect(await refusal('none.json')).toBe(`There is no file ${place.path('none.json')}.`)
    expect(await refusal('.')).toBe(`${place.path('.')} is a directory. Name a file.`)
  })
})
