import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { requestId } from 'hono/request-id'
import type { OperatorAccess } from '../../state-backend/logins/operator-access.ts'
import { noStore } from '../http/no-store.ts'
import { requestLog } from '../http/request-log.ts'
import type { Log } from '../logging/log.ts'
import { jsonOnly, lookOnly, signIn, writersOnly } from './access.ts'
import type { actionsApp } from './actions.ts'
import type { adoptionApp } from './adoption.ts'
import type { databaseApp } from './database.ts'
import type { driftApp } from './drift.ts'
import type { instancesApp } from './instances.ts'
import type { Metrics } from './metrics.ts'
import type { orphansApp } from './orphans.ts'
import type { pauseApp } from './pause.ts'
import { refuse } from './requests.ts'
import type { stacksApp } from './stacks.ts'
import type { statesApp } from './states.ts'
import type { usageApp } from './usage.ts'

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

/** The parts, each with what it works with. */
export interface OperatorParts {
  instances: ReturnType<typeof instancesApp>
  actions: ReturnType<typeof actionsApp>
  states: ReturnType<typeof statesApp>
  drift: ReturnType<typeof driftApp>
  stacks: ReturnType<typeof stacksApp>
  adoptions: ReturnType<typeof adoptionApp>
  orphans: ReturnType<typeof orphansApp>
  usage: ReturnType<typeof usageApp>
  pause: ReturnType<typeof pauseApp>
  database: ReturnType<typeof databaseApp>
}

/** The types of requests and answers, for the commands. */
export type OperatorApp = ReturnType<typeof operatorApp>

/** The part for operators' tools, to be mounted at `/operator`. Errors are `{"error": "…"}`. */
export function operatorApp(
  parts: OperatorParts,
  metrics: Metrics,
  operatorAccess: OperatorAccess,
  log: Log,
) {
  const app = new Hono()
    .use(requestId(), requestLog(log), noStore, signIn(operatorAccess), lookOnly, jsonOnly, limited)
    .use('/states/:instance/versions/:version', writersOnly)
    .get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
    .route('/stacks', parts.stacks)
    .route('/drift', parts.drift)
    .route('/orphans', parts.orphans)
    .route('/adoptions', parts.adoptions)
    .route('/states', parts.states)
    .route('/instances', parts.instances)
    .route('/instances', parts.actions)
    .route('/usage', parts.usage)
    .route('/pause', parts.pause)
    .route('/database', parts.database)

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
