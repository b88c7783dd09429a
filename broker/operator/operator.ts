import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import type { OperatorStacks } from '../../stacks/main.ts'
import type { Instances } from '../instances/instances.ts'
import { type StackContext, stackSpecOf } from '../provisioner/stack-spec.ts'
import type { Credentials } from '../settings.ts'

/** What operators' tools ask the broker for, to be mounted at `/operator`. */
export function operatorApp(options: {
  instances: Instances
  stackContext: StackContext
  providerMirror: string | undefined
  login: Credentials
}): Hono {
  const { instances, stackContext, providerMirror, login } = options
  const app = new Hono()
  app.use(basicAuth({ ...login, realm: 'broker operators' }))
  app.get('/stacks', async (c) => {
    const all = await instances.all()
    const body: OperatorStacks = {
      stacks: all.map((instance) => stackSpecOf(stackContext, instance)),
      ...(providerMirror ? { providerMirror } : {}),
    }
    return c.json(body)
  })
  return app
}
