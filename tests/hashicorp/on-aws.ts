import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, LocalAws } from '../../stacks/local-aws/index.ts'
import { TestBroker } from '../support/broker.ts'
import type { HashicorpProvider } from '../support/hashicorp-provider.ts'
import { runCommand } from '../support/program.ts'

const operator = { OPERATOR_USERNAME: 'operator', OPERATOR_PASSWORD: 'the-password-of-operators' }

/** A broker as in production, with HashiCorp's provider, and an AWS that it reaches over the network. */
export interface OnAws {
  broker: TestBroker
  /** As `user:password`. */
  operatorLogin: string
  aws: LocalAws
  endpoint: Endpoint
  /** Runs one of the operators' programs, such as `drift`. */
  run(command: string, ...args: string[]): ReturnType<typeof runCommand>
  close(): Promise<void>
}

/**
 * Nothing of it is made up but AWS, and its Redis servers are real. AWS is served by this process, so that it outlives
 * the broker.
 */
export async function startOnAws(
  provider: HashicorpProvider,
  settings: Record<string, string> = {},
): Promise<OnAws> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'on-aws-'))
  const aws = LocalAws.open(join(dataDirectory, 'local-aws'))
  const endpoint = await aws.serve(0)
  const broker = await TestBroker.start({
    ...operator,
    PLATFORM: 'aws',
    DATA_DIR: dataDirectory,
    HOST: '127.0.0.1',
    BROKER_USERNAME: 'broker',
    BROKER_PASSWORD: 'the-password-of-the-platform',
    STATE_KEYS: `test:${randomBytes(32).toString('base64')}`,
    SUBNET_GROUP: 'default',
    SECURITY_GROUPS: 'sg-00000000000000000',
    TAG_BROKER: 'elasticache-redis-broker',
    DRIFT_SCHEDULE: 'off',
    OPERATIONS_AT_ONCE: '3',
    ENGINE_VERSIONS: '5.0.6,6.0,6.2,7.0,valkey:8.0',
    AWS_REGION: 'us-east-1',
    AWS_PROVIDER_MIRROR: provider.mirror,
    AWS_PROVIDER_VERSION: provider.version,
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...settings,
  })
  return {
    broker,
    operatorLogin: `${operator.OPERATOR_USERNAME}:${operator.OPERATOR_PASSWORD}`,
    aws,
    endpoint,
    run: (command, ...args) => runCommand([command, ...args], broker, operator),
    async close() {
      await broker.remove()
      await endpoint.close()
      aws.close()
    },
  }
}
