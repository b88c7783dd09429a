import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'
import { aws } from './aws.ts'

describe('on one machine', () => {
  test('nothing has to be set', () => {
    expect(readSettings({})).toMatchObject({
      PLATFORM: 'local',
      HOST: '127.0.0.1',
      PORT: 8080,
      broker: { username: 'broker', password: 'broker' },
      DATA_DIR: expect.stringMatching(/\/\.data$/),
      DEFAULT_ENGINE_VERSION: '6.2',
      ENGINE_VERSIONS: ['5.0.6', '6.0', '6.2', '7.0'],
      REDIS_PORT: 6379,
    })
  })

  test('others can only reach it when the announced passwords are changed', () => {
    const [BROKER_PASSWORD, OPERATOR_PASSWORD] = ["the platform's own", "the operators' own"]
    expect(() => readSettings({ HOST: '0.0.0.0' })).toThrow(/BROKER_PASSWORD/)
    expect(readSettings({ HOST: '0.0.0.0', BROKER_PASSWORD, OPERATOR_PASSWORD }).HOST).toBe('0.0.0.0')
    expect(() => readSettings({ HOST: '0.0.0.0', BROKER_PASSWORD })).toThrow(/OPERATOR_PASSWORD/)
    expect(readSettings({ HOST: '::1' }).HOST).toBe('::1')
  })
})

describe('on AWS', () => {
  test('everything that is needed is enough', () => {
    expect(readSettings(aws)).toMatchObject({
      SECURITY_GROUPS: ['sg-1', 'sg-2'],
      HOST: '0.0.0.0',
      operator: undefined,
      AWS_PROVIDER_VERSION: '6.25.0',
    })
  })

  test("the provider's version and mirror can be chosen", () => {
    const chosen = { AWS_PROVIDER_VERSION: '5.100.0', AWS_PROVIDER_MIRROR: 'mirror' }
    expect(readSettings({ ...aws, ...chosen })).toMatchObject({
      AWS_PROVIDER_VERSION: '5.100.0',
      AWS_PROVIDER_MIRROR: expect.stringMatching(/\/mirror$/),
    })
  })

  test.each(Object.keys(aws).filter((name) => name !== 'PLATFORM'))('%s is needed', (name) => {
    const { [name as keyof typeof aws]: _, ...rest } = aws
    expect(() => readSettings(rest)).toThrow(name)
  })
})

describe('a wrong setting stops the start and is named', () => {
  test.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PLATFORM', 'azure'],
    ['DATABASE_URL', 'mysql://localhost/broker'],
    ['REDIS_PORT', '0'],
    ['ENGINE_VERSIONS', '6.2,9.9'],
    ['DEFAULT_ENGINE_VERSION', '7.1'],
    ['REPLICATION_GROUP_PREFIX', 'redis-'],
    ['REPLICATION_GROUP_PREFIX', '1a-'],
    ['OPERATIONS_AT_ONCE', '0'],
    ['NODE_COUNT_CHANGES_AT_ONCE', '0'],
    ['STOP_GRACE', 'long'],
    ['LOG_LEVEL', 'loud'],
    ['AWS_ACCOUNT_ID', '1234'],
    ['KMS_KEY_ID', 'alias/redis'],
    ['TAG_BROKER', 'Köln'],
    ['TAG_CLIENT', 'Cloud Foundry (internal)'],
    ['TAG_ENVIRONMENT', 'aws:production'],
    ['TAG_ENVIRONMENT', 'x'.repeat(257)],
    ['AWS_PROVIDER_VERSION', '~> 6.0'],
    ['AWS_PROVIDER_VERSION', '6.31'],
    ['AWS_PROVIDER_VERSION', '6.31.0'],
    ['AWS_PROVIDER_MIRROR', '/mirror'],
    ['STATE_URL', 'not a URL'],
    ['BROKER_USERNAME', ''],
    ['DATA_DIR', ' '],
    ['SECURITY_GROUPS', 'sg-1,'],
    ['SECURITY_GROUPS', 'sg-1,,sg-2'],
    ['SECURITY_GROUPS', 'sg-1,sg-2,sg-1'],
    ['ENGINE_VERSIONS', '6.2,'],
    ['ENGINE_VERSIONS', '6.2,6.2,7.0'],
    ['BROKER_USERNAME', 'a:b'],
    ['OPERATOR_USERNAME', 'a:b'],
    ['BROKER_PASSWORD', ' '],
    ['BROKER_PASSWORD', 'of a file\n'],
    ['OPERATOR_PASSWORD', ''],
  ])('%s=%j', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name)
  })

  test('all of them at once', () => {
    const read = () => readSettings({ PORT: 'x', LOG_LEVEL: 'y' })
    expect(read).toThrow(/PORT/)
    expect(read).toThrow(/LOG_LEVEL/)
  })

  test.each([
    ['SECURITY_GROUPS', 'sg-1,', 'SECURITY_GROUPS must be a list without empty entries'],
    ['ENGINE_VERSIONS', '6.2,6.2', 'ENGINE_VERSIONS must not name anything twice'],
    ['BROKER_USERNAME', 'a:b', 'BROKER_USERNAME must not hold a colon'],
    ['BROKER_PASSWORD', 'x\n', 'BROKER_PASSWORD must not hold a line break'],
    ['STOP_GRACE', '-1', 'STOP_GRACE must be a whole number from 0 to 3600'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
    ['ENGINE_VERSIONS', '8,9', 'ENGINE_VERSIONS must be a list out of 5.0.6, '],
    ['STATE_URL', 'foo', 'STATE_URL must begin with https:// or http://'],
    ['DOCUMENTATION_URL', 'foo', 'DOCUMENTATION_URL must begin with https:// or http://'],
    ['OPERATOR_PASSWORD', '\n', 'OPERATOR_PASSWORD must not be empty'],
    ['STATE_URL', 'localhost:8080', 'STATE_URL must begin with https:// or http://'],
    ['STATE_URL', 'http://', 'STATE_URL must be a URL'],
    ['STATE_KEYS', 'one', 'STATE_KEYS is wrong: Entry 1 of the key ring has no valid key id.'],
    ['DRIFT_WEBHOOK_URL', 'https://example.com', 'DRIFT_WEBHOOK_URL and DRIFT_WEBHOOK_SECRET go together'],
    [
      'DRIFT_WEBHOOK_SECRET',
      'whsec_b2YgdGhlIHJlY2VpdmVyIG9ubHkhISEh',
      'DRIFT_WEBHOOK_URL and DRIFT_WEBHOOK_SECRET go together',
    ],
    ['DRIFT_WEBHOOK_SECRET', 'geheim', 'DRIFT_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64'],
    ['STATE_BACKEND', 's3', 'STATE_S3_BUCKET must be set with STATE_BACKEND=s3'],
    ['STATE_BACKEND', 'pg', 'STATE_PG_URL must be set with STATE_BACKEND=pg'],
    ['DRIFT_SCHEDULE', '*/2 * * * * *', 'DRIFT_SCHEDULE must be a cron expression of five fields'],
  ])('%s=%j is told what is wrong, once', (name, value, message) => {
    const read = () => readSettings({ [name]: value })
    expect(read).toThrow(message)
    expect(read).toThrow(/^[^\n]+$/)
  })

  test.each([
    ['DATABASE_URL', 'mysql://user:geheim@localhost'],
    ['BROKER_PASSWORD', 'geheim\n'],
    ['STATE_KEYS', 'key:geheim'],
  ])('secrets are not quoted: %s', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(/^(?!.*geheim)/s)
  })
})

test('a password is taken as it is, with blanks around it', () => {
  const { broker, operator } = readSettings({ BROKER_PASSWORD: ' x ', OPERATOR_PASSWORD: 'y ' })
  expect(broker).toEqual({ username: 'broker', password: ' x ' })
  expect(operator).toEqual({ username: 'operator', password: 'y ' })
})
