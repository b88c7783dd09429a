import * as v from 'valibot'
import { maxmemoryPolicies } from '../model/tuning.ts'
import { knownFields } from '../text/issues.ts'

/** Why users may not give a parameter: what they read. */
const reason = v.pipe(v.string(), v.nonEmpty('must say why it is not for users'), v.maxLength(255))

const notForUsers = 'must be an object of bounds, or the reason why it is not for users'

const numberBounds = v.union(
  [
    reason,
    v.pipe(
      knownFields('bounds', {
        min: v.optional(v.pipe(v.number(), v.integer())),
        max: v.optional(v.pipe(v.number(), v.integer())),
        reason: v.optional(reason),
      }),
      v.check(
        ({ min, max }) => min === undefined || max === undefined || min <= max,
        'must not have a min above its max',
      ),
    ),
  ],
  notForUsers,
)

const choice = v.union(
  [
    reason,
    knownFields('bounds', {
      oneOf: v.pipe(v.array(v.picklist(maxmemoryPolicies)), v.nonEmpty('must not be empty')),
      reason: v.optional(reason),
    }),
  ],
  notForUsers,
)

const yesOrReason = v.union([reason, v.literal(true)], 'must be true, or the reason why it is not for users')

/**
 * Which parameters users of a plan may give, and within which bounds. One that is not named may be given as AWS takes
 * it; a text in place of bounds forbids it, and is the reason that users read.
 */
export const userParametersSchema = knownFields('userParameters', {
  maxmemoryPolicy: v.optional(choice),
  notifyKeyspaceEvents: v.optional(yesOrReason),
  timeout: v.optional(numberBounds),
  slowlogLogSlowerThan: v.optional(numberBounds),
  maintenanceWindow: v.optional(yesOrReason),
  /** Taking and deleting them. */
  createSnapshot: v.optional(yesOrReason),
  /** A new instance that starts from a snapshot. */
  restoreFromSnapshot: v.optional(yesOrReason),
})

export type UserParameters = v.InferOutput<typeof userParametersSchema>
