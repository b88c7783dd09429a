import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'
import { unknownSettings } from '../../../broker/settings/unknown.ts'

const aws = {
  PLATFORM: 'aws',
  BROKER_USERNAME: 'platform',
  BROKER_PASSWORD: 'long and secret enough',
  AWS_REGION: 'us-gov-west-1',
  SUBNET_GROUP: 'redis',
  SECURITY_GROUPS: 'sg-1, sg-2',
  TAG_BROKER: 'redis-of-production',
  STATE_KEYS: '2026-11:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=',
}

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

describe('a login that others can guess stops the start', () => {
  const operator = { OPERATOR_USERNAME: 'admin', OPERATOR_PASSWORD: 'of the operators only' }
  const reader = { READER_USERNAME: 'auditor', READER_PASSWORD: 'of the auditors only' }
  const safe = { ...aws, ...operator, ...reader }

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'announced ones',
      { BROKER_USERNAME: 'broker', BROKER_PASSWORD: 'broker' },
      /^BROKER_PASSWORD must have/,
    ],
    ['one letter', { OPERATOR_PASSWORD: 'x' }, /^OPERATOR_PASSWORD must have at least 16 characters/],
    ['one letter after a proxy', { HOST: '127.0.0.1', READER_PASSWORD: 'x' }, /^READER_PASSWORD must have/],
    ['the same letter', { OPERATOR_PASSWORD: 'x'.repeat(40) }, /^OPERATOR_PASSWORD must have/],
    ['short to people', { BROKER_PASSWORD: '🔑'.repeat(8) }, /^BROKER_PASSWORD must have/],
  ])('%s', (_name, settings, message) => {
    expect(() => readSettings({ ...safe, ...settings })).toThrow(message)
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "the platform's password as the operators'",
      { OPERATOR_PASSWORD: aws.BROKER_PASSWORD },
      /^OPERATOR_PASSWORD must be another one than BROKER_PASSWORD$/,
    ],
    [
      "the platform's name as the operators'",
      { OPERATOR_USERNAME: aws.BROKER_USERNAME },
      /^OPERATOR_USERNAME must be another one than BROKER_USERNAME$/,
    ],
    [
      "the operators' password as the auditors'",
      { READER_PASSWORD: operator.OPERATOR_PASSWORD },
      /^READER_PASSWORD must be another one than OPERATOR_PASSWORD$/,
    ],
    [
      "the platform's name as the auditors'",
      { READER_USERNAME: aws.BROKER_USERNAME },
      /^READER_USERNAME must be another one than BROKER_USERNAME$/,
    ],
  ])('%s', (_name, settings, message) => {
    expect(() => readSettings({ ...safe, ...settings })).toThrow(message)
  })

  test('also on one machine: a login is one role’s', () => {
    expect(() => readSettings({ OPERATOR_PASSWORD: 'broker' })).toThrow(/OPERATOR_PASSWORD must be another/)
  })

  test('three distinct ones of 16 characters do', () => {
    expect(readSettings(safe).reader?.username).toBe('auditor')
  })
})

describe('the login that may only look', () => {
  const reader = { READER_USERNAME: 'auditor', READER_PASSWORD: 'only looks' }

  test('is optional', () => {
    expect(readSettings(reader)).toMatchObject({ reader: { username: 'auditor', password: 'only looks' } })
    expect(readSettings({}).reader).toBeUndefined()
  })

  test.each([
    ['half of it', { READER_USERNAME: 'auditor' }, 'go together'],
    ["the operators' own name", { ...reader, READER_USERNAME: 'operator' }, 'another one'],
    ['one without an operator', { ...aws, ...reader }, 'needs OPERATOR_USERNAME'],
  ])('is not %s', (_name, settings, message) => {
    expect(() => readSettings(settings)).toThrow(message)
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

describe('a misspelt setting is named', () => {
  test.each([
    ['DRIFT_SHEDULE', 'DRIFT_SCHEDULE'],
    ['BROKER_USER', 'BROKER_USERNAME'],
    ['OPERATOR_PASSWROD', 'OPERATOR_PASSWORD'],
    ['OPERATION_AT_ONCE', 'OPERATIONS_AT_ONCE'],
    ['ENGINE_VERSION', 'ENGINE_VERSIONS'],
    ['STATE_S3_BUCKT', 'STATE_S3_BUCKET'],
    ['TAG_ENVIROMENT', 'TAG_ENVIRONMENT'],
    ['SECURITY_GROUP', 'SECURITY_GROUPS'],
    ['SUBNET_GROUPS', 'SUBNET_GROUP'],
    ['REDIS_PROT', 'REDIS_PORT'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PLATFROM', 'PLATFORM'],
  ])('%s, with %s that was meant', (name, meant) => {
    expect(unknownSettings({ [name]: 'x' })).toEqual([
      `${name} is no setting and has no effect. Did you mean ${meant}?`,
    ])
  })

  test('also one that is like no other', () => {
    expect(unknownSettings({ BROKER_COLOUR_OF_THE_LOGO: 'x' })).toEqual([
      'BROKER_COLOUR_OF_THE_LOGO is no setting and has no effect.',
    ])
  })

  test('but nothing that others put into the environment', () => {
    const others = {
      ...aws,
      BROKER_URL: 'http://127.0.0.1:8080',
      STATE_S3_OLD_VERSION_DAYS: '30',
      BROKER_SERVICE_HOST: '10.0.0.1',
      BROKER_PORT: 'tcp://10.0.0.1:8080',
      BROKER_PORT_8080_TCP_ADDR: '10.0.0.1',
      STATE_DIRECTORY: '/var/lib/broker',
      PATH: '/bin',
      HOSTNAME: 'a',
      HOSTTYPE: 'a',
      LOGNAME: 'a',
      VCAP_APPLICATION: '{}',
      CF_INSTANCE_PORTS: '[]',
      AWS_PROFILE: 'a',
      AWS_DEFAULT_REGION: 'a',
      TF_LOG: '1',
      PGPORT: '5432',
      npm_lifecycle_event: 'start',
    }
    expect(unknownSettings(others)).toEqual([])
  })
})
