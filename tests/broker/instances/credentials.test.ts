import { expect, test } from 'vitest'
import { credentials } from '../../../broker/instances/credentials.ts'

const outputs = { hostname: 'redis.example.com', port: 6379, password: 'p', engineVersion: '7.0.7' }

test('a password of other characters is itself in the URI, too', () => {
  const password = 'a/b:c@d#e%f'
  const { uri, password: given } = credentials({ ...outputs, password })
  expect(given).toBe(password)
  const { protocol, hostname, port, password: encoded } = new URL(uri)
  expect([protocol, hostname, port, decodeURIComponent(encoded)]).toEqual([
    'rediss:',
    'redis.example.com',
    '6379',
    password,
  ])
})

test('a reader and an authority are told where there are any', () => {
  expect(Object.keys(credentials(outputs))).not.toContain('reader_hostname')
  expect(Object.keys(credentials(outputs))).not.toContain('ca_certificate')
  expect(credentials({ ...outputs, readerHostname: 'ro' }, 'PEM')).toMatchObject({
    reader_hostname: 'ro',
    ca_certificate: 'PEM',
  })
})
