import { expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'
import { stateUrl } from '../../../broker/states/url.ts'

const own = { BROKER_PASSWORD: "the platform's own", OPERATOR_PASSWORD: "the operators' own" }

test.each([
  { HOST: '10.0.0.5', url: 'http://10.0.0.5:8080/state' },
  { HOST: '0.0.0.0', url: 'http://127.0.0.1:8080/state' },
  { HOST: '::', url: 'http://127.0.0.1:8080/state' },
  { HOST: 'fd00::5', url: 'http://[fd00::5]:8080/state' },
  { HOST: 'broker.internal', url: 'http://broker.internal:8080/state' },
])('a broker on $HOST has its states at $url', ({ HOST, url }) => {
  expect(stateUrl(readSettings({ ...own, HOST }), 8080)).toBe(url)
})

test('a setting goes before that, and announced credentials stand in the address', () => {
  expect(stateUrl(readSettings({ ...own, STATE_URL: 'https://states.example.org' }), 8080)).toBe(
    'https://states.example.org/state',
  )
  expect(stateUrl(readSettings({}), 8080)).toBe('http://operator:operator@127.0.0.1:8080/state')
})
