import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'

export interface S3Object {
  body: string
  /** As the request named them, such as `aws:kms`. */
  encryption: string | undefined
  kmsKey: string | undefined
}

/**
 * As much of S3's protocol as Terraform's `s3` backend and a client need for objects and lock files, since no
 * S3-compatible server can be had as a package: objects of one bucket in memory, conditional writes, lists.
 */
export interface S3 {
  endpoint: string
  bucket: string
  /** By their keys. */
  objects: Map<string, S3Object>
  close(): Promise<void>
}

export async function startS3(): Promise<S3> {
  const bucket = 'states'
  const objects = new Map<string, S3Object>()
  const app = new Hono()
  const keyOf = (c: Context) => decodeURIComponent(new URL(c.req.url).pathname.slice(`/${bucket}/`.length))

  const list = (c: Context, prefix: string) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
    return xml(c, 200, `<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`)
  }

  app.get('*', (c) => {
    const key = keyOf(c)
    if (key === '') return list(c, c.req.query('prefix') ?? '')
    const object = objects.get(key)
    if (!object) return error(c, 404, 'NoSuchKey')
    c.header('ETag', etagOf(object))
    return c.body(object.body)
  })
  app.put('*', async (c) => {
    const key = keyOf(c)
    const body = await c.req.text()
    if (c.req.header('If-None-Match') === '*' && objects.has(key)) return error(c, 412, 'PreconditionFailed')
    if (!meets(c, objects.get(key))) return error(c, 412, 'PreconditionFailed')
    const object = {
      body,
      encryption: c.req.header('x-amz-server-side-encryption'),
      kmsKey: c.req.header('x-amz-server-side-encryption-aws-kms-key-id'),
    }
    objects.set(key, object)
    c.header('ETag', etagOf(object))
    return c.body(null, 200)
  })
  app.delete('*', (c) => {
    if (!meets(c, objects.get(keyOf(c)))) return error(c, 412, 'PreconditionFailed')
    objects.delete(keyOf(c))
    return c.body(null, 204)
  })

  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    bucket,
    objects,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const etagOf = ({ body }: S3Object) => `"${createHash('md5').update(body).digest('hex')}"`

function meets(c: Context, object: S3Object | undefined): boolean {
  const wanted = c.req.header('If-Match')
  return wanted === undefined || (object !== undefined && wanted === etagOf(object))
}

function xml(c: Context, status: 200 | 404 | 412, content: string): Response {
  c.header('Content-Type', 'application/xml')
  return c.body(`<?xml version="1.0" encoding="UTF-8"?>${content}`, status)
}

function error(c: Context, status: 404 | 412, code: string): Response {
  return xml(c, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
}
