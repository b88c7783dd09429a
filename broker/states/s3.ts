import { hostname } from 'node:os'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import {
  isNewer,
  type LockHolder,
  type LockInfo,
  parseAttempt,
  parseState,
  type TerraformState,
} from '../../state-backend/index.ts'
import { unreachable } from '../../state-backend/postgres/unreachable.ts'
import type { Log } from '../logging/log.ts'
import { awsClient } from '../platform/aws-client.ts'
import { lockedByOperator } from './locked.ts'
import { readEach } from './read-many.ts'
import type { AccessRequest, States } from './states.ts'

export interface S3Options {
  bucket: string
  region: string
  /** Every state is the object `<prefix><stack>.tfstate`. */
  prefix: string
  kmsKey: string | undefined
  endpoint: string | undefined
  pathStyle: boolean
  log: Log
}

const suffix = '.tfstate'

/** Tries to take a lock that others take and release at the same time. */
const mostTries = 10

/** The variables that keep terraform from taking the lock, which its attempt has by then. */
const withoutLock = Object.fromEntries(
  ['plan', 'apply', 'destroy', 'import', 'taint', 'untaint', 'state_push'].map((command) => [
    `TF_CLI_ARGS_${command}`,
    '-lock=false',
  ]),
)

/**
 * Terraform's `s3` backend with its lock file, an object beside the state. Nothing but that object keeps a
 * process out, and nothing that terraform writes in it tells a broker's attempt from an operator. So the broker
 * takes the lock itself, in the same form, and names the attempt in it: nobody else's lock is ever opened.
 */
export function s3States(options: S3Options): States {
  const { bucket, region, prefix, kmsKey, endpoint, pathStyle, log } = options
  const client = new S3Client({
    ...awsClient(region),
    forcePathStyle: pathStyle,
    ...(endpoint ? { endpoint } : {}),
  })
  const place = endpoint ?? `https://s3.${region}.amazonaws.com`
  client.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error) => {
        throw isNoAnswer(error)
          ? unreachable(endpoint ? 'STATE_S3_ENDPOINT' : 'STATE_S3_BUCKET', 'object store', place, error)
          : error
      }),
    { step: 'initialize' },
  )
  const keyOf = (stack: string) => `${prefix}${stack}${suffix}`
  const lockOf = (stack: string) => `${keyOf(stack)}.tflock`

  async function get(key: string): Promise<{ body: Uint8Array; etag: string | undefined } | undefined> {
    try {
      const { Body, ETag: etag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return Body && { body: await Body.transformToByteArray(), etag }
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async function read(stack: string): Promise<TerraformState | undefined> {
    const state = await get(keyOf(stack))
    return state && parseState(state.body)
  }

  async function put(
    key: string,
    body: string | Uint8Array,
    condition: { IfNoneMatch?: '*'; IfMatch?: string | undefined } = {},
  ): Promise<void> {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        // Without this S3 encrypts with the bucket's own key.
        ...(kmsKey ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey } : {}),
        ...condition,
      }),
    )
  }

  async function remove(key: string, etag?: string): Promise<void> {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }))
  }

  async function lock(stack: string): Promise<{ info: LockInfo; etag: string | undefined } | undefined> {
    const found = await get(lockOf(stack))
    return found && { info: JSON.parse(new TextDecoder().decode(found.body)), etag: found.etag }
  }

  /**
   * Takes the lock, also from an earlier attempt, which has died.
   * @throws ProvisionFailure when an operator has the lock
   */
  async function take({ stack, attempt, holder }: AccessRequest): Promise<void> {
    const info: LockInfo = {
      // Terraform's own ids are no names of attempts.
      ID: attempt,
      Operation: 'OperationTypeApply',
      Info: holder,
      Who: `broker@${hostname()}`,
      Version: '',
      Created: new Date().toISOString(),
      Path: `${bucket}/${keyOf(stack)}`,
    }
    const mine = JSON.stringify(info)
    for (let tries = 0; tries < mostTries; tries++) {
      const held = await lock(stack)
      if (held) requireEarlier(held.info, attempt)
      const condition = held ? { IfMatch: held.etag } : { IfNoneMatch: '*' as const }
      const taken = await put(lockOf(stack), mine, condition).then(() => true, unlessChanged)
      // Somebody was faster: who it was decides.
      if (!taken) continue
      if (!held) return
      const fields = { stack, lock: held.info.ID, holder: held.info.Info, by: holder }
      log.warn(fields, 'State lock of an earlier attempt taken over')
      return
    }
    throw new Error(`The lock file of ${stack} changes all the time.`)
  }

  /** Gives the lock back, unless it has become another attempt's meanwhile. */
  async function release({ stack, attempt }: AccessRequest): Promise<void> {
    const held = await lock(stack)
    if (held?.info.ID === attempt) await remove(lockOf(stack), held.etag).catch(unlessChanged)
  }

  return {
    kind: 's3',
    location: (stack) => ({
      type: 's3',
      bucket,
      region,
      key: keyOf(stack),
      ...(kmsKey ? { kmsKey } : {}),
      ...(endpoint ? { endpoint } : {}),
      pathStyle,
    }),
    async access(request) {
      if (request.access === 'read') return { environment: {}, end: async () => {} }
      await take(request)
      return { environment: withoutLock, end: () => release(request) }
    },
    // There are no credentials for it but the broker's own.
    endReads: async () => {},
    read,
    readMany: (stacks) => readEach(stacks, read),
    readBytes: async (stack) => (await get(keyOf(stack)))?.body,
    async remove(stack) {
      await remove(keyOf(stack))
      await remove(lockOf(stack))
    },
    async lockHolder(stack) {
      const held = await lock(stack)
      return held && holderOf(held.info)
    },
    async unlock(stack, id, by) {
      const held = await lock(stack)
      if (!held) return true
      if (held.info.ID !== id) return false
      const opened = await remove(lockOf(stack), held.etag).then(() => true, unlessChanged)
      if (opened) log.warn({ stack, lock: id, holder: held.info.Who, by }, 'State lock forced open')
      return opened
    },
    async stacks() {
      const found: string[] = []
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        const keys = (page.Contents ?? []).map(({ Key = '' }) => Key).filter((key) => key.endsWith(suffix))
        found.push(...keys.map((key) => key.slice(prefix.length, -suffix.length)))
      }
      return found
    },
    write: (stack, body) => put(keyOf(stack), body),
    close: async () => client.destroy(),
  }
}

function holderOf(info: LockInfo): LockHolder {
  const ofAttempt = parseAttempt(info.ID) !== undefined
  return { info, holder: (ofAttempt ? info.Info : info.Who) ?? '', ofAttempt }
}

/**
 * Requires that a lock is of an earlier attempt: one at another operation is, since an instance has one at a time.
 * @throws ProvisionFailure when an operator holds the lock
 */
function requireEarlier(held: LockInfo, attempt: string): void {
  if (!parseAttempt(held.ID)) throw lockedByOperator(holderOf(held))
  if (isNewer(held.ID, attempt)) throw new Error(`The attempt is over: ${held.Info} has begun.`)
}

/** Whether nobody answered: neither the store with a refusal, nor the SDK because it has no credentials. */
function isNoAnswer({ name, code }: NodeJS.ErrnoException): boolean {
  return name === 'TimeoutError' || /^E[A-Z_]+$/.test(code ?? '')
}

/** False where the object does not fit the condition, or is changed by somebody else at this moment. */
function unlessChanged(error: unknown): false {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
  if (status === 404 || status === 409 || status === 412) return false
  throw error
}
