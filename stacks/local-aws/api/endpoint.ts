import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ElastiCache } from '../service/elasticache.ts'
import { Fault } from '../service/faults.ts'
import type { Action } from './action.ts'
import { elastiCacheActions } from './elasticache.ts'
import { jsonOfResult, queryOfJson } from './json.ts'
import { LOGS_TARGET, logsActions } from './logs.ts'
import { MONITORING_TARGET, monitoringActions } from './monitoring.ts'
import { programsOnly } from './programs-only.ts'
import { Query } from './query.ts'
import { callerOf } from './signature.ts'
import { stsActions } from './sts.ts'
import { getResources } from './tagging.ts'
import { xml } from './xml.ts'

/** AWS over HTTP, for whoever speaks its wire protocol: the SDKs, the `aws` command line, HashiCorp's provider. */
export interface Endpoint {
  /** For `AWS_ENDPOINT_URL`: such as http://127.0.0.1:8081 */
  url: string
  /** The actions that have been called, as policies name them: such as elasticache:DescribeReplicationGroups. */
  calledActions(): string[]
  close(): Promise<void>
}

const NAMESPACES: Record<string, string> = {
  elasticache: 'http://elasticache.amazonaws.com/doc/2015-02-02/',
  cloudwatch: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

/** Bytes. Clients send a few kilobytes. */
const LARGEST_BODY = 1_000_000

const GET_RESOURCES = 'ResourceGroupsTaggingAPI_20170126.GetResources'

/**
 * Serves AWS on a loopback address.
 * @param port 0 takes a free one
 */
export async function serveEndpoint(elastiCache: ElastiCache, port: number): Promise<Endpoint> {
  const called = new Set<string>()
  const server = serve({
    fetch: endpointApp(elastiCache, called).fetch,
    hostname: '127.0.0.1',
    port,
  }) as Server
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calledActions: () => [...called].sort(),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function endpointApp(elastiCache: ElastiCache, called: Set<string>): Hono {
  const { database } = elastiCache.service
  const services = { elasticache: elastiCacheActions(elastiCache), sts: stsActions }
  const ofMonitoring = { cloudwatch: monitoringActions(database) }
  const logs = logsActions(database)
  const app = new Hono()
  app.use(programsOnly)
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: () => tooLarge() }))

  app.post('/', async (c) => {
    const caller = callerOf(c.req.header('authorization'))
    if (c.req.header('x-amz-target') === GET_RESOURCES) {
      called.add('tag:GetResources')
      return c.json(await getResources(elastiCache, caller, await c.req.json()))
    }
    const target = c.req.header('x-amz-target') ?? ''
    if (target.startsWith(LOGS_TARGET)) {
      const name = target.slice(LOGS_TARGET.length)
      called.add(`logs:${name}`)
      return c.json(logs[name]?.(await c.req.json(), caller) ?? unknownAction(name))
    }
    if (target.startsWith(MONITORING_TARGET)) {
      const name = target.slice(MONITORING_TARGET.length)
      called.add(`cloudwatch:${name}`)
      const action = ofMonitoring.cloudwatch[name] ?? unknownAction(name)
      return c.json(jsonOfResult(await action(queryOfJson(await c.req.json()), caller)))
    }
    const query = Query.parse(await c.req.text())
    const name = query.text('Action') ?? ''
    for (const [service, actions] of Object.entries(
      caller.service === 'monitoring' ? ofMonitoring : services,
    )) {
      const action: Action | undefined = Object.hasOwn(actions, name) ? actions[name] : undefined
      if (!action) continue
      called.add(`${service}:${name}`)
      const result = await action(query, caller)
      return c.body(answer(service, name, result), 200, { 'Content-Type': 'text/xml' })
    }
    unknownAction(name)
  })

  app.onError(refuse)
  return app
}

function unknownAction(name: string): never {
  throw new Fault('InvalidAction', `The action ${name} is not valid for this web service.`)
}

function tooLarge(): never {
  throw new Fault('InvalidParameterValue', `The request has more than ${LARGEST_BODY} bytes.`)
}

function answer(service: string, action: string, result: object): string {
  return xml({
    [`${action}Response`]: {
      '@_xmlns': NAMESPACES[service],
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: randomUUID() },
    },
  })
}

function refuse(error: Error, c: Context): Response {
  const known = error instanceof Fault
  const [Code, Message] = known ? [error.name, error.message] : ['InternalFailure', 'The service has failed.']
  if (!known) process.stderr.write(`local AWS: ${error.stack ?? error.message}\n`)
  const body = {
    ErrorResponse: {
      '@_xmlns': NAMESPACES.elasticache,
      Error: { Type: known ? 'Sender' : 'Receiver', Code, Message },
      RequestId: randomUUID(),
    },
  }
  const status = known ? error.status : 500
  if (c.req.header('x-amz-target')) return c.json({ __type: Code, message: Message }, status)
  return c.body(xml(body), status, { 'Content-Type': 'text/xml' })
}
