import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { OperationType } from '../model/operation.ts'
import type { CurrentPause } from '../operations/pause.ts'
import { queueFull, refusedInPause } from '../operations/requests.ts'
import { utc } from '../text/utc.ts'

/** An answer to a request that is refused. */
export interface Refusal {
  status: ContentfulStatusCode
  /** The specification's code, where it has one. Cloud Controller acts on it. */
  code?: 'AsyncRequired' | 'ConcurrencyError' | 'MaintenanceInfoConflict'
  /** Its name in the log. */
  event: string
  /** For the platform's user: what is wrong and what to do, without secrets. */
  description: string | ((...values: never[]) => string)
}

const malformed = { status: 400, event: 'request-malformed' } as const
const invalid = { status: 400, event: 'request-invalid' } as const
const notFound = { status: 404, event: 'not-found' } as const
const conflict = { status: 409, event: 'conflict' } as const
const gone = { status: 410, event: 'gone' } as const

const doing: Record<OperationType, string> = {
  provision: 'created',
  update: 'updated',
  deprovision: 'deleted',
  forget: 'taken from the broker by its operators',
}

/** @param what has failed */
const broken = (what: 'creation' | 'deletion') =>
  `The ${what} of this instance failed. It can only be deleted.`

/**
 * Everything that a platform can be told instead of what it asked for. Wrong parameters are a 400: on a
 * 422 without a known code Cloud Controller would delete the instance.
 */
export const refusals = {
  notJson: { ...malformed, description: 'Send the body as JSON, with Content-Type: application/json.' },
  cutOff: { ...malformed, description: 'The body is cut off.' },
  unreadable: { ...malformed, description: 'The body is not valid JSON in UTF-8.' },
  notAnObject: { ...malformed, description: 'The body must be a JSON object.' },
  wrongFields: { ...malformed, description: (reasons: string) => reasons },
  wrongPathId: { ...malformed, description: (reason: string) => `The id in the path ${reason}.` },

  wrongParameters: { ...invalid, description: (reasons: string) => reasons },
  unknownService: {
    ...invalid,
    description: 'There is no service offering of this service_id. Fetch the catalog again.',
  },
  unknownPlan: { ...invalid, description: 'There is no plan of this plan_id. Fetch the catalog again.' },
  downgrade: {
    ...invalid,
    description: (from: string, to: string) =>
      `AWS can't take ${from} back to ${to}. Create a new instance instead.`,
  },
  otherPlace: {
    ...invalid,
    /** @param fields of the plan, such as subnetGroup */
    description: (plan: string, fields: string) =>
      `AWS can't move a Redis that exists to the plan ${plan}: its ${fields} differs. Create a new instance of that plan and move the data.`,
  },
  otherVersions: {
    ...invalid,
    description: (plan: string, offered: string, has: string) =>
      `The plan ${plan} offers ${offered}, and this instance would be ${has}. Ask for one of them with engineVersion, or choose another plan.`,
  },
  sayEngine: {
    ...invalid,
    description: (version: string) =>
      `${version} is another engine, and there is no way back to Redis. Send "engine": "valkey" beside it when you mean it.`,
  },
  noVersionOf: {
    ...invalid,
    description: (engine: string) => `This plan offers no version of the engine ${engine}.`,
  },
  snapshotExists: {
    ...invalid,
    description: (name: string) =>
      `There is a snapshot ${name} of this instance already. Choose another name.`,
  },
  automaticSnapshot: {
    ...invalid,
    description: (name: string) => `${name} is one of AWS's own snapshots, which AWS deletes by itself.`,
  },
  unknownSnapshot: {
    ...invalid,
    /** @param all the names that there are */
    description: (name: string, all: string) =>
      `There is no snapshot ${name} of this instance. ${all ? `There are: ${all}.` : 'There is none to delete.'}`,
  },
  snapshotAlone: {
    ...invalid,
    description:
      'createSnapshot and deleteSnapshot go alone, without another plan or an upgrade. Ask for that when the snapshot is done.',
  },
  noSuchSnapshot: {
    ...invalid,
    /** @param asked its name, or the instance that it was to be of */
    description: (asked: string) =>
      `There is no complete snapshot for ${asked} in this organization and space. cf service --params shows those of an instance.`,
  },
  severalSnapshots: {
    ...invalid,
    description: (name: string) =>
      `Several instances have a snapshot ${name}. Say which instance: {"restoreFromLatestSnapshotOf": "<its guid>", "before": "<a time>"}.`,
  },
  snapshotTooNew: {
    ...invalid,
    description: (name: string, of: string, wanted: string) =>
      `The snapshot ${name} is of ${of}, which can't be restored into ${wanted}. Ask for the same or a later version with engine and engineVersion.`,
  },
  snapshotTiered: {
    ...invalid,
    description: (name: string, plan: string) =>
      `The snapshot ${name} is of a plan with data tiering, and can't be restored into the plan ${plan}, which has none.`,
  },
  snapshotTooLarge: {
    ...invalid,
    description: (name: string, size: number, plan: string, room: number) =>
      `The snapshot ${name} has ${size} MB, and the plan ${plan} takes ${room} MB of data. Choose a larger plan.`,
  },
  notRetired: {
    ...invalid,
    /** @param since when the last rotation was: ISO 8601 */
    description: (since: string) =>
      `The credentials from before the rotation of ${utc(since)} still work, and AWS keeps two at most: another rotation would end them. Retire them first with -c '{"retireOldCredentials": true}', or send "force": true beside "rotateCredentials".`,
  },
  newestAlready: {
    ...invalid,
    description:
      'The predecessor has the newest credentials already. Make new ones first: cf update-service with {"rotateCredentials": true}.',
  },
  unknownPredecessor: { ...invalid, description: 'There is no binding of this predecessor_binding_id.' },

  versionMissing: {
    status: 400,
    event: 'api-version-missing',
    description: 'The header X-Broker-API-Version is missing. This broker speaks 2.17.',
  },
  versionUnsupported: {
    status: 412,
    event: 'api-version-unsupported',
    description: 'This broker speaks version 2.17 of the Open Service Broker API.',
  },
  unauthorized: { status: 401, event: 'unauthorized', description: 'Wrong user name or password.' },
  tooLarge: {
    status: 413,
    event: 'request-too-large',
    description: (most: number) => `The body has more than ${most} bytes.`,
  },

  nothingHere: { ...notFound, description: 'There is nothing at this path.' },
  unknownInstance: { ...notFound, description: 'There is no instance of this id.' },
  beingCreated: { ...notFound, description: 'This instance is still being created.' },
  unknownBinding: { ...notFound, description: 'There is no binding of this id.' },
  noOutputs: { ...notFound, description: 'The instance has no connection details.' },
  goneInstance: { ...gone, description: 'There is no instance of this id (any more).' },
  goneBinding: { ...gone, description: 'There is no binding of this id (any more).' },

  otherInstance: {
    ...conflict,
    description: 'An instance of this id exists already, with other attributes. Use another id.',
  },
  stackTaken: {
    ...conflict,
    description: 'Another instance has the stack that the broker would name after this id. Use another id.',
  },
  otherBinding: {
    ...conflict,
    description: 'A binding of this id exists already, for another application. Use another id.',
  },

  // The same to the user; each verb has its own status for it.
  brokenNotFound: { ...notFound, description: broken },
  brokenConflict: { ...conflict, description: broken },
  brokenImpossible: { status: 422, event: 'impossible-in-this-state', description: broken },

  redisGone: {
    status: 422,
    event: 'redis-gone',
    description:
      'The Redis of this instance is gone, so that its credentials lead nowhere. Ask the operators of the platform for a new, empty one, or delete the instance.',
  },

  asyncRequired: {
    status: 422,
    code: 'AsyncRequired',
    event: 'async-required',
    description: 'This takes minutes. Send accepts_incomplete=true and poll last_operation.',
  },
  concurrency: {
    status: 422,
    code: 'ConcurrencyError',
    event: 'operation-in-progress',
    /** @param type what is being done to the instance meanwhile */
    description: (type: OperationType) =>
      `The instance is being ${doing[type]}. Wait until that has ended and try again.`,
  },
  maintenanceInfo: {
    status: 422,
    code: 'MaintenanceInfoConflict',
    event: 'maintenance-info-conflict',
    description: (version: string) =>
      `The catalog's maintenance_info version is ${version}, not the one of the request. Fetch the catalog again.`,
  },
  /** Cloud Controller shows it and deletes nothing: to it, this is a request that was rejected. */
  queueFull: {
    status: 429,
    event: 'queue-full',
    description: (most: number) => `${queueFull(most)}. Try again when some of them have ended.`,
  },
  /** Likewise. */
  paused: {
    status: 429,
    event: 'paused',
    description: (pause: CurrentPause) => `${refusedInPause(pause)}. Try again later.`,
  },
  /** Cloud Controller clears up after it, as after every 5xx. */
  tooLate: {
    status: 503,
    event: 'too-late',
    description: 'This took longer than a platform waits, and nothing was changed. Try again.',
  },
  internal: {
    status: 500,
    event: 'internal-error',
    description: 'The broker failed. Please tell the operators of the platform.',
  },
} as const satisfies Record<string, Refusal>
