import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { requestId } from 'hono/request-id'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { StateBackend } from '../../state-backend/index.ts'
import type { OperatorAccess } from '../../state-backend/logins/operator-access.ts'
import type { Adoption } from '../adoption/adoption.ts'
import type { Drift } from '../drift/drift.ts'
import { noStore } from '../http/no-store.ts'
import { requestLog } from '../http/request-log.ts'
import type { Instances } from '../instances/instances.ts'
import type { Log } from '../logging/log.ts'
import type { Operations } from '../operations/operations.ts'
import type { Pause } from '../operations/pause.ts'
import type { OperationRequests } from '../operations/requests.ts'
import type { Orphans } from '../orphans/orphans.ts'
import type { StackContext } from '../provisioner/stack-spec.ts'
import type { StateHome } from '../states/home.ts'
import type { States } from '../states/states.ts'
import { jsonOnly, lookOnly, signIn, writersOnly } from './access.ts'
import { actionsApp } from './actions.ts'
import { adoptionApp } from './adoption.ts'
import { driftApp } from './drift.ts'
import { instancesApp } from './instances.ts'
import type { Metrics } from './metrics.ts'
import { orphansApp } from './orphans.ts'
import { pauseApp } from './pause.ts'
import { refuse } from './requests.ts'
import { stacksApp } from './stacks.ts'
import { type StatesOptions, statesApp } from './states.ts'
import { usageApp } from './usage.ts'

/** Bytes. Operators' tools send a few hundred. */
const largestBody = 1_000_000

const limited = bodyLimit({
  maxSize: largestBody,
  onError(c) {
    // The rest of the body is still on its way: nothing else can come over this connection.
    c.header('Connection', 'close')
    refuse(413, `The body has more than ${largestBody} bytes.`)
  },
})

export interface OperatorOptions {
  instances: Instances
  operations: Operations
  requests: OperationRequests
  home: StateHome
  states: States
  /** The project's own state backend, whether or not the states live there. */
  backend: StateBackend
  reencrypt: StatesOptions['reencrypt']
  drift: Drift
  orphans: Orphans
  adoption: Adoption
  metrics: Metrics
  pause: Pause
  /** Has what waits begin. */
  resumed(): Promise<void>
  stackContext: StackContext
  keyRing: KeyRing
  providerMirror: string | undefined
  operatorAccess: OperatorAccess
  /** Of the operator, who is the one that can do anything. */
  username: string
  log: Log
}

/** What the commands take the types of requests and answers from. */
export type OperatorApp = ReturnType<typeof operatorApp>

/** What operators' tools ask the broker for, to be mounted at `/operator`. Errors are `{"error": "…"}`. */
export function operatorApp(options: OperatorOptions) {
  const { instances, drift, orphans, adoption, metrics, stackContext, operatorAccess, log } = options
  const operator = `operator ${options.username}`
  const app = new Hono()
    .use(requestId(), requestLog(log), noStore, signIn(operatorAccess), lookOnly, jsonOnly, limited)
    .use('/states/:instance/versions/:version', writersOnly)
    .get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
    .route('/stacks', stacksApp(options))
    .route('/drift', driftApp({ ...options }))
    .route('/orphans', orphansApp(orphans))
    .route('/adoptions', adoptionApp(adoption, stackContext.catalog))
    .route('/states', statesApp({ ...options, operator }))
    .route('/instances', instancesApp({ ...options, records: drift.records }))
    .route('/instances', actionsApp({ ...options, operator }))
    .route('/usage', usageApp(instances, stackContext.catalog))
    .route('/pause', pauseApp({ ...options, operator }))

  // Not `notFound`: that of a mounted app is never asked.
  app.all('*', () => refuse(404, 'There is nothing at this path.'))

  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      // Basic authentication brings its own answer along.
      return error.res ?? c.json({ error: error.message }, error.status)
    }
    c.get('log').error({ err: error }, 'operator request failed')
    return c.json({ error: 'The broker failed. Its log says why.' }, 500)
  })
  return app
}
