/**
 * A program that starts a release as on AWS, with an AWS of its own beside it, has it create a Redis, and prints how
 * that went: `on-aws.ts <release> <data directory> <version of the provider>`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { LocalAws } from '../../stacks/local-aws/index.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { announcedUrl } from '../support/announced-url.ts'
import { TestBroker } from '../support/broker.ts'

const login = { BROKER_USERNAME: 'broker', BROKER_PASSWORD: 'the-password-of-the-platform' }
const [release, data, version] = process.argv.slice(2) as [string, string, string]
const aws = LocalAws.open(join(data, 'local-aws'))
const endpoint = await aws.serve(0)
const program = spawn(join(release, 'bin', 'redis-broker'), ['start'], {
  env: {
    ...process.env,
    PLATFORM: 'aws',
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: data,
    ...login,
    STATE_KEYS: KeyRing.newEntry('k'),
    SUBNET_GROUP: 'default',
    SECURITY_GROUPS: 'sg-00000000000000000',
    TAG_BROKER: 'release',
    DRIFT_SCHEDULE: 'off',
    AWS_REGION: 'us-east-1',
    AWS_PROVIDER_VERSION: version,
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
})
try {
  const broker = TestBroker.at(await announcedUrl(program), login)
  const id = '0d6bb2a6-6d2c-4f0b-9f5e-3f1a4c8f6a01'
  await broker.provision(id)
  const { state } = await broker.ended(id)
  process.stdout.write(`${JSON.stringify({ state })}\n`)
} finally {
  const ended = once(program, 'exit')
  if (program.kill()) await ended
  await aws.stop()
  await endpoint.close()
  aws.close()
}
