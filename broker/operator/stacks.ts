import { Hono } from 'hono'
import * as v from 'valibot'
import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { storableText } from '../database/storable.ts'
import type { Instances } from '../instances/instances.ts'
import { destruction, type StackSpecs } from '../provisioner/stack-specs.ts'
import { answer } from './answer.ts'
import { query, refuse } from './requests.ts'

export interface OperatorStacks {
  stacks: RedisStackSpec[]
  /** On one machine: the directory that terraform can install the provider from. */
  providerMirror?: string
}

const stacksQuery = v.object({
  name: v.optional(v.union([storableText, v.array(storableText)])),
  deletable: v.optional(v.picklist(['true', 'false'])),
})

interface StacksOptions {
  instances: Instances
  specs: StackSpecs
  providerMirror: string | undefined
}

/** The stacks that operators' cdktf renders, to be mounted at `/operator/stacks`. */
export function stacksApp({ instances, specs, providerMirror }: StacksOptions) {
  /**
   * All stacks, or those that `?name=` asks for; with `?deletable=true` those that are named as the broker
   * renders them to destroy them.
   */
  return new Hono().get('/', query(stacksQuery), async (c) => {
    const { name, deletable } = c.req.valid('query')
    const names = name === undefined ? undefined : [name].flat()
    const asked = names ? await instances.ofStacks(names) : await instances.all()
    const unknown = names?.find((one) => !asked.some(({ stack }) => stack === one))
    if (unknown) refuse(404, `There is no instance with the stack ${unknown}.`)
    if (deletable === 'true' && !names) {
      refuse(400, 'Name the stacks that are to be deletable: ?name=<stack>.')
    }
    const variant = deletable === 'true' ? destruction : {}
    const found: OperatorStacks = {
      stacks: asked.map((instance) => specs.of(instance, undefined, variant)),
      ...(providerMirror ? { providerMirror } : {}),
    }
    return answer(c, found)
  })
}
