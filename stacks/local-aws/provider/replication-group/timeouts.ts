import type { ObjectValue } from '../../plugin/values.ts'

const MINUTE = 60_000
const defaults = { create: 60 * MINUTE, update: 40 * MINUTE, delete: 45 * MINUTE }
export const OPERATIONS = Object.keys(defaults) as (keyof typeof defaults)[]
const units: Record<string, number> = { ms: 1, s: 1_000, m: MINUTE, h: 60 * MINUTE }

/** Milliseconds. The `timeouts` block holds durations as Go writes them: `90s`, `1h30m`. */
export function timeout(values: ObjectValue, operation: keyof typeof defaults): number {
  const text = (values.timeouts as ObjectValue | null)?.[operation]
  if (typeof text !== 'string') return defaults[operation]
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new Error(`timeouts: "${text}" is not a duration such as 60m or 1h30m`)
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0)
}
