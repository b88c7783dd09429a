import { describe, expect, test } from 'vitest'
import { unknownSettings } from '../../../broker/settings/unknown.ts'
import { aws } from './aws.ts'

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
