import { randomUUID } from 'node:crypto'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { type Answer, instanceBody, instancePath, type PlanName, plans } from '../../../support/broker.ts'
import { groupOf } from '../../../support/groups.ts'
import { succeeds } from '../../../support/instances.ts'
import { type Login, loginOf, withRedis } from '../../../support/redis.ts'
import { type SharedBroker, sharedBroker } from '../../../support/shared-broker.ts'

/**
 * A broker with an instance of redis-dev that has a binding and data, and what the tests ask of it. The tests leave it
 * with another plan or version: each goes by what it finds.
 */
export interface Site {
  broker: SharedBroker
  id: string
  get(): Promise<Answer>
  /** The plan and the version that it has, while nothing is done to it. */
  now(): Promise<{ plan: PlanName; version: string }>
  move(plan: PlanName): Promise<void>
  /** An update to the plan that it has, unless the change names one. */
  patch(change: Change, query?: string): Promise<Answer>
  credentials(): Promise<RedisCredentials>
  login(): Promise<Login>
  group(): ReturnType<typeof groupOf>
}

interface Change {
  plan?: PlanName
  parameters?: object
  /** Of the body, over what is sent otherwise. */
  more?: object
}

export function updateSite(): Site {
  const id = randomUUID()
  const credentials = async () =>
    (await broker().request('GET', `${instancePath(id)}/service_bindings/key`)).body.credentials
  const login = async () => loginOf(await credentials())
  const broker = sharedBroker({}, async (started) => {
    await started.created(id)
    const { body } = await started.bind(id, 'key')
    await withRedis(loginOf(body.credentials), (client) => client.set('kept', 'through all updates'))
  })
  const get = () => broker().request('GET', instancePath(id))
  const now = async () => {
    const { plan_id, parameters } = (await get()).body
    const [name] = Object.entries(plans).find(([, planId]) => planId === plan_id) ?? []
    return { plan: name as PlanName, version: parameters.engineVersion }
  }
  const patch: Site['patch'] = async (change, query = '?accepts_incomplete=true') => {
    const plan = change.plan ?? (await now()).plan
    return broker().request('PATCH', instancePath(id) + query, { body: patchBody({ ...change, plan }) })
  }
  return {
    broker,
    id,
    get,
    now,
    async move(plan) {
      await patch({ plan })
      await succeeds(broker(), id)
    },
    patch,
    credentials,
    login,
    group: () => groupOf(broker(), id),
  }
}

/** As Cloud Controller sends it: plan and parameters always, whether or not they change. */
function patchBody({ plan, parameters = {}, more = {} }: Change & { plan: PlanName }) {
  const { service_id, context, organization_guid, space_guid } = instanceBody()
  const previous_values = {
    plan_id: plans['redis-dev'],
    service_id,
    organization_id: organization_guid,
    space_id: space_guid,
    maintenance_info: null,
  }
  return { service_id, plan_id: plans[plan], parameters, context, previous_values, ...more }
}
