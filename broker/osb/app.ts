import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { etag } from 'hono/etag'
import { requestId } from 'hono/request-id'
import { isLogin, type Login } from '../../state-backend/logins/logins.ts'
import { noStore } from '../http/no-store.ts'
import { requestLog } from '../http/request-log.ts'
import type { Log } from '../logging/log.ts'
import { apiVersion } from './api-version.ts'
import { awaited } from './awaited.ts'
import { bind } from './bind.ts'
import { deprovision } from './deprovision.ts'
import { OsbError, renderError } from './errors.ts'
import { fetchBinding } from './fetch-binding.ts'
import { fetchInstance } from './fetch-instance.ts'
import { lastOperation } from './last-operation.ts'
import type { Osb } from './osb.ts'
import { provision } from './provision.ts'
import { unbind } from './unbind.ts'
import { update } from './update.ts'

/** The Open Service Broker API, to be mounted at `/v2`. */
export function osbApp(osb: Osb, login: Login, log: Log): Hono {
  const app = new Hono()
  app.onError(renderError)

  app.use(requestId(), requestLog(log), awaited)
  const verifyUser = (username: string, password: string) => isLogin(login, username, password)
  app.use(basicAuth({ verifyUser, realm: 'service broker' }))
  app.use(apiVersion)

  const catalogHeaders = { 'Content-Type': 'application/json', ETag: osb.catalog.etag }
  app.get('/catalog', etag(), (c) => c.body(osb.catalog.json, 200, catalogHeaders))

  // Some of their answers hold credentials, and none is worth keeping.
  app.use('/service_instances/*', noStore)
  const instance = '/service_instances/:instance'
  app.put(instance, provision(osb))
  app.get(instance, fetchInstance(osb))
  app.patch(instance, update(osb))
  app.delete(instance, deprovision(osb))
  app.get(`${instance}/last_operation`, lastOperation(osb))

  const binding = `${instance}/service_bindings/:binding`
  app.put(binding, bind(osb))
  app.get(binding, fetchBinding(osb))
  app.delete(binding, unbind(osb))

  // Not `notFound`: that of a mounted app is never asked.
  app.all('*', () => {
    throw new OsbError('nothingHere')
  })
  return app
}
