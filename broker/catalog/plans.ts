import { readFileSync } from 'node:fs'
import * as v from 'valibot'

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(255))

const planSchema = v.strictObject({
  /** Never changes: instances on the platform carry it. */
  id: text,
  name: v.pipe(text, v.regex(/^[A-Za-z0-9.-]+$/, 'use letters, digits, dots and hyphens')),
  description: text,
  /** The primary and its replicas; AWS allows at most 6 in a group. */
  nodes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(6)),
  nodeType: v.pipe(text, v.startsWith('cache.')),
  /** Memory as users read it. Replicas add none. */
  memory: text,
  /** Whether AWS may bring its groups to a newer minor version by itself. */
  autoMinorVersionUpgrade: v.optional(v.boolean(), false),
})

const plansSchema = v.pipe(
  v.array(planSchema),
  v.minLength(1, 'at least one plan is needed'),
  v.check((plans) => new Set(plans.map((plan) => plan.id)).size === plans.length, 'plan ids must be unique'),
  v.check(
    (plans) => new Set(plans.map((plan) => plan.name)).size === plans.length,
    'plan names must be unique',
  ),
)

export type Plan = v.InferOutput<typeof plansSchema>[number]

/** @throws Error that names the setting, the file and the wrong place in it. */
export function readPlans(file: string | URL): Plan[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`PLANS_FILE ${file} can't be read as JSON: ${(error as Error).message}`)
  }
  const result = v.safeParse(plansSchema, content)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new Error(`PLANS_FILE ${file}: ${v.getDotPath(issue) ?? 'the list'}: ${issue.message}`)
}
