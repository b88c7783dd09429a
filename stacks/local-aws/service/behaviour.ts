import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'
import type { FaultName } from './faults.ts'

/** How slow and how unreliable the service is, for tests and demonstrations. */
export interface Behaviour {
  /** How long a group is `creating`, `modifying` and `deleting` at least. AWS takes minutes. */
  creationMilliseconds: number
  modificationMilliseconds: number
  deletionMilliseconds: number
  /** How long a snapshot is `creating`, and its group `snapshotting`. */
  snapshotMilliseconds: number
  /** How often a waiting provider looks. The real one: every 10 seconds. */
  pollMilliseconds: number
  /** Calls that fail, `times` times each, before they do anything. */
  faults: { call: string; fault: FaultName; times: number; message?: string }[]
  /**
   * Creations that are taken and come to nothing, `times` times: `creating` for the usual time, then
   * `create-failed`, as when AWS finds no room for the nodes.
   */
  creationFailures: { times: number; reason?: string }[]
  /** Calls at which the calling plugin kills itself (SIGKILL), `times` times each. */
  deaths: { call: string; when: 'before' | 'after'; times: number }[]
}

const usual: Behaviour = {
  creationMilliseconds: 0,
  modificationMilliseconds: 0,
  deletionMilliseconds: 0,
  snapshotMilliseconds: 0,
  pollMilliseconds: 200,
  faults: [],
  creationFailures: [],
  deaths: [],
}

export function readBehaviour(database: DatabaseSync): Behaviour {
  const row = database.prepare('SELECT record FROM behaviour').get()
  return { ...usual, ...(row && JSON.parse(row.record as string)) }
}

/** Changes the behaviour of every process from its next call on; a value that is not given is the usual one. */
export function writeBehaviour(database: DatabaseSync, behaviour: Partial<Behaviour>): void {
  database
    .prepare('INSERT INTO behaviour VALUES (1, ?) ON CONFLICT DO UPDATE SET record = excluded.record')
    .run(JSON.stringify(behaviour))
}

/** Takes one of the `times` of the first entry that matches, so that several processes share the count. */
function take<T extends { times: number }>(
  database: DatabaseSync,
  entries: (behaviour: Behaviour) => T[],
  matches: (entry: T) => boolean,
): T | undefined {
  return transaction(database, () => {
    const behaviour = readBehaviour(database)
    const entry = entries(behaviour).find((candidate) => candidate.times > 0 && matches(candidate))
    if (!entry) return undefined
    entry.times -= 1
    writeBehaviour(database, behaviour)
    return entry
  })
}

export function takeFault(database: DatabaseSync, call: string) {
  return take(
    database,
    ({ faults }) => faults,
    (entry) => entry.call === call,
  )
}

export function takeCreationFailure(database: DatabaseSync) {
  return take(
    database,
    ({ creationFailures }) => creationFailures,
    () => true,
  )
}

export function takeDeath(database: DatabaseSync, call: string, when: 'before' | 'after') {
  return take(
    database,
    ({ deaths }) => deaths,
    (entry) => entry.call === call && entry.when === when,
  )
}
