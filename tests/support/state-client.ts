import { createHash } from 'node:crypto'

/** An operator that every backend of these tests knows. */
export const OPERATOR = { username: 'operator', password: 'operators-password' }
export const READER = { username: 'reader', password: 'readers-password' }

export function operatorAccess(username: string, password: string): 'read' | 'write' | undefined {
  if (username === OPERATOR.username && password === OPERATOR.password) return 'write'
  if (username === READER.username && password === READER.password) return 'read'
  return undefined
}

/** A state as terraform writes it. */
export function state(serial: number, { lineage = 'lineage-1', content = 'content' } = {}) {
  const output = { value: content, type: 'string' }
  return { version: 4, terraform_version: '1.11.4', serial, lineage, outputs: { o: output }, resources: [] }
}

export const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value, null, 2))

export const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

/** Speaks terraform's HTTP protocol to one stack, with one user's credentials. */
export function clientOf(
  app: { request(path: string, init?: RequestInit): Response | Promise<Response> },
  stack: string,
  { username, password } = OPERATOR,
) {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const send = (path: string, method: string, body?: Uint8Array | string, headers = {}) =>
    app.request(path, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    })
  return {
    get: () => send(`/${stack}`, 'GET'),
    post: (body: Uint8Array, id?: string, headers: Record<string, string> = { 'content-md5': md5(body) }) =>
      send(id ? `/${stack}?ID=${id}` : `/${stack}`, 'POST', body, headers),
    delete: () => send(`/${stack}`, 'DELETE'),
    lock: (id: string) => send(`/${stack}/lock`, 'LOCK', JSON.stringify(lockInfo(id))),
    unlock: (id: string) => send(`/${stack}/lock`, 'UNLOCK', JSON.stringify(lockInfo(id))),
    forceUnlock: () => send(`/${stack}/lock`, 'UNLOCK', ''),
    /** Locks, writes, unlocks; the answer of the write. */
    async write(body: Uint8Array) {
      await this.lock('of-a-write')
      const answer = await this.post(body, 'of-a-write')
      await this.unlock('of-a-write')
      return answer
    },
  }
}

export function lockInfo(id: string) {
  return {
    ID: id,
    Operation: 'OperationTypeApply',
    Info: '',
    Who: 'me@here',
    Version: '1.11.4',
    Created: '2025-01-02T03:04:05.123456789Z',
    Path: '',
  }
}
