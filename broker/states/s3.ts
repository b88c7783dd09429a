import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { type LockInfo, parseState } from '../../state-backend/index.ts'
import type { Log } from '../log.ts'
import type { States } from './states.ts'
import type { UnfinishedAttempts } from './unfinished-attempts.ts'

export interface S3Options {
  bucket: string
  region: string
  /** Every state is the object `<prefix><stack>.tfstate`. */
  prefix: string
  kmsKey: string | undefined
  endpoint: string | undefined
  pathStyle: boolean
  unfinished: UnfinishedAttempts
  log: Log
}

const suffix = '.tfstate'

/**
 * Terraform's `s3` backend with its lock file, an object beside the state. Nothing but that object keeps a
 * process out, and nothing in it tells a broker's attempt from an operator: the database tells.
 */
export function s3States(options: S3Options): States {
  const { bucket, region, prefix, kmsKey, endpoint, pathStyle, unfinished, log } = options
  const client = new S3Client({ region, forcePathStyle: pathStyle, ...(endpoint ? { endpoint } : {}) })
  const keyOf = (stack: string) => `${prefix}${stack}${suffix}`
  const lockOf = (stack: string) => `${keyOf(stack)}.tflock`

  async function get(key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return await Body?.transformToByteArray()
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async function remove(key: string): Promise<void> {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  }

  async function lock(stack: string): Promise<LockInfo | undefined> {
    const body = await get(lockOf(stack))
    return body && (JSON.parse(new TextDecoder().decode(body)) as LockInfo)
  }

  /** A lock that was taken since then, while only the attempts that have not ended had access, is theirs. */
  async function takeOver(stack: string, since: Date, by: string): Promise<void> {
    const held = await lock(stack)
    if (!held?.Created || Date.parse(held.Created) <= since.getTime()) return
    await remove(lockOf(stack))
    log.warn({ stack, lock: held.ID, holder: held.Who, by }, 'State lock of an earlier attempt taken over')
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
    async access({ stack, access, holder }) {
      if (access === 'read') return { environment: {}, end: async () => {} }
      const since = await unfinished.begin(stack)
      await takeOver(stack, since, holder)
      return {
        environment: {},
        async end() {
          await takeOver(stack, since, holder)
          await unfinished.end(stack)
        },
      }
    },
    async read(stack) {
      const body = await get(keyOf(stack))
      return body && parseState(body)
    },
    readBytes: (stack) => get(keyOf(stack)),
    async remove(stack) {
      await remove(keyOf(stack))
      await remove(lockOf(stack))
    },
    async lockHolder(stack) {
      const info = await lock(stack)
      return info && { info, holder: info.Who ?? '' }
    },
    async unlock(stack, by) {
      const held = await lock(stack)
      await remove(lockOf(stack))
      log.warn({ stack, lock: held?.ID, holder: held?.Who, by }, 'State lock forced open')
    },
    async stacks() {
      const found: string[] = []
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        const keys = (page.Contents ?? []).map(({ Key = '' }) => Key).filter((key) => key.endsWith(suffix))
        found.push(...keys.map((key) => key.slice(prefix.length, -suffix.length)))
      }
      return found
    },
    async write(stack, body) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: keyOf(stack),
          Body: body,
          ContentType: 'application/json',
          ...(kmsKey
            ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey }
            : { ServerSideEncryption: 'AES256' }),
        }),
      )
    },
    close: async () => client.destroy(),
  }
}
