import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { requestId } from 'hono/request-id'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { StateBackend } from '../../state-backend/index.ts'
import type { OperatorAccess } from '../../state-backend/logins/operator-access.ts'
import type { Adoption } from '../adoption/adoption.ts'
import type { OperatorStacks } from '../commands/cdktf-app.ts'
import type { Drift } from '../drift/drift.ts'
import { noStore } from '../http/no-store.ts'
import { requestLog } from '../http/request-log.ts'
import type { Instances } from '../instances/instances.ts'
import { BrokerIsPaused, type Pause } from '../instances/pause.ts'
import { QueueIsFull } from '../instances/turns.ts'
import type { Log } from '../logging/log.ts'
import type { Orphans } from '../orphans/orphans.ts'
import { destruction, type StackContext, stackSpecOf } from '../provisioner/stack-spec.ts'
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
import { type StatesOptions, statesApp } from './states.ts'
import { usageApp } from './usage.ts'

/** Bytes. OperatorAccess' tools send a few hundred. */
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

/** What operators' tools ask the broker for, to be mounted at `/operator`. Errors are `{"error": "…"}`. */
export function operatorApp(options: OperatorOptions): Hono {
  const { instances, states, drift, orphans, adoption, metrics } = options
  const { stackContext, keyRing, providerMirror, operatorAccess, username, log } = options
  const app = new Hono()
  app.use(requestId(), requestLog(log), noStore, signIn(operatorAccess), lookOnly, jsonOnly, limited)
  app.use('/states/:instance/versions/:version', writersOnly)

  /**
   * All stacks, or those that `?name=` asks for; with `?deletable=true` those that are named as the broker
   * renders them to destroy them.
   */
  app.get('/stacks', async (c) => {
    const all = await instances.all()
    const names = c.req.queries('name')
    const unknown = names?.find((name) => !all.some(({ stack }) => stack === name))
    if (unknown) refuse(404, `There is no instance with the stack ${unknown}.`)
    const deletable = c.req.query('deletable') === 'true'
    if (deletable && !names) refuse(400, 'Name the stacks that are to be deletable: ?name=<stack>.')
    const variant = deletable ? destruction : {}
    const asked = names ? all.filter(({ stack }) => names.includes(stack)) : all
    const body: OperatorStacks = {
      stacks: asked.map((instance) => stackSpecOf(stackContext, instance, undefined, variant)),
      ...(providerMirror ? { providerMirror } : {}),
    }
    return c.json(body)
  })
  app.get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
  app.route('/drift', driftApp({ drift, instances }))
  app.route('/orphans', orphansApp(orphans))
  app.route('/adoptions', adoptionApp(adoption, stackContext.catalog))
  app.route('/states', statesApp({ ...options, operator: `operator ${username}` }))
  app.route('/instances', instancesApp({ ...options, records: drift.records }))
  app.route(
    '/instances',
    actionsApp({ instances, states, stackContext, keyRing, operator: `operator ${username}` }),
  )
  app.route('/usage', usageApp(instances, stackContext.catalog))
  app.route('/', pauseApp({ ...options, operator: `operator ${username}` }))

  // Not `notFound`: that of a mounted app is never asked.
  app.all('*', () => refuse(404, 'There is nothing at this path.'))

  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      // Basic authentication brings its own answer along.
      return error.res ?? c.json({ error: error.message }, error.status)
    }
    if (error instanceof QueueIsFull || error instanceof BrokerIsPaused) {
      return c.json({ error: `${error.message}.` }, 409)
    }
    c.get('log').error({ err: error }, 'operator request failed')
    return c.json({ error: 'The broker failed. Its log says why.' }, 500)
  })
  return app
}
