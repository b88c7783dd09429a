import type { Query } from './query.ts'
import type { Caller } from './signature.ts'

/** Answers an action with the members of its result. Refusals are thrown as faults. */
export type Action = (query: Query, caller: Caller) => Promise<object> | object
