import { classify } from '../../../broker/drift/plan.ts'
import { redis } from './finding.ts'

export const change = (actions: string[], before: unknown, after: unknown, more = {}) => ({
  address: redis,
  change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...more },
})

/** A plan with these parts, classified. */
export const plan = (parts: Record<string, unknown>) =>
  classify(JSON.stringify({ format_version: '1.2', ...parts }))
