import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { RedisCredentials } from '../../../broker/instances/credentials.ts'
import { openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import type { PlanName } from '../../support/broker.ts'
import { succeeds } from '../../support/instances.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import type { OnAws } from '../on-aws.ts'

/** The steps of the tests on a broker that is there once they run. */
export function helpersOf(on: () => OnAws) {
  const bound = async (
    id: string,
    binding: string,
    plan: PlanName = 'redis-dev',
  ): Promise<RedisCredentials> => (await on().broker.bind(id, binding, plan)).body.credentials
  /** As an application that checks no certificate: AWS's own are signed by an authority that all know. */
  const use = <T>(credentials: RedisCredentials, work: Parameters<typeof withRedis<T>>[1]) =>
    withRedis({ ...loginOf(credentials), insecure: true }, work)
  const ping = (credentials: RedisCredentials) => use(credentials, (redis) => redis.ping())
  const policy = async (id: string) => {
    const memory = await use(await bound(id, randomUUID()), (redis) => redis.info('memory'))
    return /maxmemory_policy:(\S+)/.exec(memory)?.[1]
  }
  const ended = async (...ids: string[]) => {
    for (const id of ids) await succeeds(on().broker, id)
  }
  const drift = async (...ids: string[]) => JSON.parse((await on().run('drift', '--json', ...ids)).stdout)

  /** Behind Terraform's back. */
  const setParameters = async (id: string, values: Record<string, string>) => {
    const elastiCache = openElastiCache(join(on().broker.dataDirectory, 'local-aws'))
    await elastiCache.modifyParameterGroup({ name: `cf-${id}-redis6-x`, values })
    elastiCache.service.database.close()
  }
  return { bound, use, ping, policy, ended, drift, setParameters }
}
