import type { InferRequestType } from 'hono/client'
import type { Client, Instance } from './client.ts'

export type InstancesQuery = InferRequestType<Client['instances']['$get']>['query']

/** As many as the broker gives at once. */
const largestPage = '1000'

/** All instances that fit, page by page. */
export async function allInstances(client: Client, query: InstancesQuery): Promise<Instance[]> {
  const all: Instance[] = []
  for (let after: string | undefined; ; ) {
    const page = await (
      await client.instances.$get({ query: { ...query, limit: largestPage, ...(after ? { after } : {}) } })
    ).json()
    all.push(...page.instances)
    if (page.next === null) return all
    after = page.next
  }
}
