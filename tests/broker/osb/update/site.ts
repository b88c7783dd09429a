import { randomUUID } from 'node:crypto'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { type Answer, instanceBody, instancePath, type PlanName, plans } from '../../../support/broker.ts'
import { groupOf } from '../../../support/groups.ts'
import { type Login, loginOf, withRedis } from '../../../support/redis.ts'
import { type SharedBroker, sharedBroker } from '../../../support/shared-broker.ts'

/** A broker with an instance of redis-dev that has a binding and data, and what the tests ask of it. */
export interface Site {
  broker: SharedBroker
  id: string
  get(): Promise<Answer>
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
  return {
    broker,
    id,
    get: () => broker().request('GET', instancePath(id)),
    patch: (change, query = '?accepts_incomplete=true') =>
      broker().request('PATCH', instancePath(id) + query, { body: patchBody(change) }),
    credentials,
    login,
    group: () => groupOf(broker(), id),
  }
}

/** As Cloud Controller sends it: plan and parameters always, whether or not they change. */
function patchBody({ plan = 'redis-dev', parameters = {}, more = {} }: Change) {
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
