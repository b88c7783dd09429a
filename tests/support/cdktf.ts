import { execa } from 'execa'
import { repository } from '../../broker/terraform/environment.ts'
import type { TestBroker } from './broker.ts'

/** Runs cdktf on the live instances of a broker, as an operator types it in the repository. */
export function runCdktf(broker: Pick<TestBroker, 'url'>, output: string, ...args: string[]) {
  return execa('cdktf', [...args, '--output', output], {
    cwd: repository,
    preferLocal: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, BROKER_URL: broker.url, CI: 'true' },
    extendEnv: false,
    reject: false,
    all: true,
  })
}
