import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KeyRing, StateBackend, type StateBackendOptions } from '../../state-backend/index.ts'
import { bytesOf, clientOf, lockInfo, md5, OPERATOR, operators, READER, state } from './client.ts'
import { DATABASES, type TestDatabase } from './databases.ts'

describe.each(DATABASES)('The state backend on $name', ({ start }) => {
  const stack = 'redis-1234'
  const [first, second] = [KeyRing.newEntry('k1'), KeyRing.newEntry('k2')]
  const keyRing = KeyRing.parse(first)
  let database: TestDatabase
  let backend: StateBackend
  let logged: { message: string; fields: object }[]

  const write = (fields: object, message: string) => void logged.push({ message, fields })
  const log = { info: write, warn: write, error: write }
  const open = (options: Partial<StateBackendOptions> = {}) =>
    StateBackend.open({ db: database.db, keyRing, operators, log, ...options })
  const client = (credentials = OPERATOR, of = stack) => clientOf(backend.app, of, credentials)
  const grant = (attempt: string, access: 'read' | 'write' = 'write', of = stack) =>
    backend.grant({ stack: of, attempt, access, holder: `${attempt} of ${of}` })

  beforeAll(async () => {
    database = await start()
  })
  afterAll(() => database?.stop())
  beforeEach(async () => {
    logged = []
    await database.empty()
    backend = await open()
  })

  describe('protocol', () => {
    test('a stack without a state answers 204', async () => {
      expect((await client().get()).status).toBe(204)
      expect(await backend.read(stack)).toBeUndefined()
    })

    test('what was posted under the lock is read byte for byte', async () => {
      const body = new TextEncoder().encode(
        ` {"serial":1,\t"big":12345678901234567890,${JSON.stringify(state(1)).slice(1)}\n`,
      )
      expect((await client().lock('L1')).status).toBe(200)
      expect((await client().post(body, 'L1')).status).toBe(200)
      expect((await client().unlock('L1')).status).toBe(200)
      const answer = await client().get()
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-md5')).toBe(md5(body))
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(body)
      expect(await backend.stacks()).toContain(stack)
    })

    test('a second lock is refused with the holder’s info, and its holder is told', async () => {
      await client().lock('L1')
      const answer = await client().lock('L2')
      expect(answer.status).toBe(423)
      expect(await answer.json()).toEqual(lockInfo('L1'))
      expect(await backend.lockHolder(stack)).toEqual({ info: lockInfo('L1'), holder: 'operator operator' })
      expect((await client().unlock('L2')).status).toBe(423)
      expect((await client().unlock('L1')).status).toBe(200)
      expect(await backend.lockHolder(stack)).toBeUndefined()
    })

    test('a request whose answer got lost may be repeated', async () => {
      const body = bytesOf(state(1))
      for (const _ of [1, 2]) expect((await client().lock('L1')).status).toBe(200)
      for (const _ of [1, 2]) expect((await client().post(body, 'L1')).status).toBe(200)
      for (const _ of [1, 2]) expect((await client().unlock('L1')).status).toBe(200)
      expect(await backend.versions(stack)).toHaveLength(1)
    })

    test('an operator forces a lock open without naming it, an attempt does not', async () => {
      const attempt = client(await grant('a1'))
      await client().lock('L1')
      expect((await attempt.forceUnlock()).status).toBe(423)
      expect((await client().forceUnlock()).status).toBe(200)
      expect((await attempt.lock('L2')).status).toBe(200)
    })

    test('DELETE needs the lock; the versions stay and can be restored', async () => {
      await client().write(bytesOf(state(7)))
      expect((await client().delete()).status).toBe(428)
      await client().lock('L1')
      expect((await client(await grant('a1')).delete()).status).toBe(423)
      expect((await client().delete()).status).toBe(200)
      await client().unlock('L1')
      expect((await client().get()).status).toBe(204)
      await backend.restore(stack, 1, 'test')
      expect((await backend.read(stack))?.serial).toBe(8)
    })
  })

  describe('integrity', () => {
    const good = state(5)
    const bytes = bytesOf(good)
    const without = (key: keyof typeof good) => bytesOf({ ...good, serial: 6, [key]: undefined })
    const changed = (change: object) => bytesOf({ ...state(6), ...change })

    test.each<[string, number, Uint8Array]>([
      ['nothing', 400, new Uint8Array()],
      ['half a state', 400, bytes.subarray(0, bytes.length / 2)],
      ['a state and a half', 400, Buffer.concat([bytes, bytes.subarray(0, 20)])],
      ['text', 400, new TextEncoder().encode('<html>502</html>')],
      ['bytes that are not UTF-8', 400, Buffer.from(JSON.stringify(state(6, { content: 'é' })), 'latin1')],
      ['zeros', 400, new Uint8Array(100)],
      ['null', 400, bytesOf(null)],
      ['a list', 400, bytesOf([state(6)])],
      ['an empty object', 400, bytesOf({})],
      ['a state without a version', 400, without('version')],
      ['a state without a serial', 400, without('serial')],
      ['a state without a lineage', 400, without('lineage')],
      ['a state without outputs', 400, without('outputs')],
      ['a state without resources', 400, without('resources')],
      ['an old format', 400, changed({ version: 3 })],
      ['a serial in text', 400, changed({ serial: '6' })],
      ['a serial with a fraction', 400, changed({ serial: 6.5 })],
      ['a serial below zero', 400, changed({ serial: -1 })],
      ['an empty lineage', 400, changed({ lineage: '' })],
      ['another lineage', 409, bytesOf(state(6, { lineage: 'lineage-2' }))],
      ['an older serial', 409, bytesOf(state(4))],
      ['the same serial with other content', 409, bytesOf(state(5, { content: 'other' }))],
    ])('%s is refused (%i) and the stored state stays', async (_what, status, body) => {
      await client().write(bytes)
      await client().lock('L1')
      const answer = await client().post(body, 'L1')
      expect(answer.status).toBe(status)
      expect(await answer.text()).toMatch(/^[A-Z].*\.\n$/)
      expect(new Uint8Array(await (await client().get()).arrayBuffer())).toEqual(bytes)
      expect(await backend.versions(stack)).toHaveLength(1)
    })

    test.each<[string, number, string, Record<string, string>]>([
      ['no lock’s id', 423, '', { 'content-md5': md5(bytesOf(state(6))) }],
      ['another lock’s id', 423, 'L2', { 'content-md5': md5(bytesOf(state(6))) }],
      ['no MD5', 400, 'L1', {}],
      ['a wrong MD5', 400, 'L1', { 'content-md5': md5(bytes) }],
      ['a malformed MD5', 400, 'L1', { 'content-md5': 'x' }],
    ])('a write with %s is refused (%i) and the stored state stays', async (_what, status, id, headers) => {
      await client().write(bytes)
      await client().lock('L1')
      expect((await client().post(bytesOf(state(6)), id, headers)).status).toBe(status)
      expect(await backend.read(stack)).toMatchObject(good)
    })

    test('a write while nobody has the lock is refused', async () => {
      expect((await client().post(bytesOf(state(1)))).status).toBe(428)
      expect((await client().post(bytesOf(state(1)), 'L1')).status).toBe(428)
      expect(await backend.read(stack)).toBeUndefined()
    })

    test.each(['', 'not json', '{}', '{"ID":""}', '{"ID":1}'])('lock info %j is refused', async (body) => {
      const authorization = `Basic ${btoa(`${OPERATOR.username}:${OPERATOR.password}`)}`
      const request = { method: 'LOCK', headers: { authorization }, body }
      expect((await backend.app.request(`/${stack}/lock`, request)).status).toBe(400)
    })

    test.each(['.hidden', 'a%2Fb', 'a%20b', '-x', 'x'.repeat(129)])(
      'stack name %s is refused',
      async (name) => {
        expect((await client(OPERATOR, name).get()).status).toBe(400)
      },
    )
  })

  describe('versions', () => {
    test('every accepted write is a version, the newest ones are kept', async () => {
      backend = await open({ limits: { versionsKept: 3 } })
      for (let serial = 1; serial <= 5; serial++) await client().write(bytesOf(state(serial)))
      const versions = await backend.versions(stack)
      expect(versions.map(({ version, serial }) => [version, serial])).toEqual([
        [5, 5],
        [4, 4],
        [3, 3],
      ])
      expect(versions[0]).toEqual({
        version: 5,
        serial: 5,
        lineage: 'lineage-1',
        size: bytesOf(state(5)).length,
        writer: 'operator operator',
        createdAt: expect.any(Date),
      })
      expect(await backend.version(stack, 3)).toMatchObject(state(3))
      await expect(backend.version(stack, 2)).rejects.toMatchObject({ reason: 'notFound' })
    })

    test('an old version becomes current as a new one, with every digit of its numbers', async () => {
      const old = `${JSON.stringify(state(1)).slice(0, -1)},"big":12345678901234567890,"exact":1.10}`
      await client().write(new TextEncoder().encode(old))
      await client().write(bytesOf(state(9, { content: 'broken' })))
      const restored = await backend.restore(stack, 1, 'operator jane')
      expect(restored).toMatchObject({ version: 3, serial: 10, writer: 'operator jane (restored version 1)' })
      const text = await (await client().get()).text()
      expect(JSON.parse(text)).toMatchObject(state(10))
      expect(text).toContain('"big": 12345678901234567890,')
      expect(text).toContain('"exact": 1.10')
      expect((await client().write(bytesOf(state(11)))).status).toBe(200)
    })

    test('a restore waits for nobody: it is refused while the state is locked', async () => {
      await client().write(bytesOf(state(1)))
      await client().lock('L1')
      await expect(backend.restore(stack, 1, 'test')).rejects.toMatchObject({ reason: 'locked' })
      await client().unlock('L1')
      await expect(backend.restore(stack, 8, 'test')).rejects.toMatchObject({ reason: 'notFound' })
      expect(await backend.versions(stack)).toHaveLength(1)
    })

    test('comparing two versions tells what changed and no secret', async () => {
      const instance = (attributes: object, index_key?: number) => ({
        attributes,
        ...(index_key === undefined ? {} : { index_key }),
      })
      const resource = (name: string, ...instances: object[]) => ({
        mode: 'managed',
        type: 'aws_x',
        name,
        instances,
      })
      const secret = (value: string) => ({ value, type: 'string', sensitive: true })
      await client().write(
        bytesOf({
          ...state(1),
          outputs: { port: { value: 6379 }, password: secret('first-secret'), gone: { value: 'g' } },
          resources: [
            resource('same', instance({ id: 1 })),
            resource('group', instance({ auth_token: 'first-token', version: '6.2', tags: {} })),
            resource('many', instance({ id: 1 }, 0), instance({ id: 2 }, 1)),
          ],
        }),
      )
      await client().write(
        bytesOf({
          ...state(2),
          outputs: { port: { value: 6380 }, password: secret('second-secret') },
          resources: [
            resource('same', instance({ id: 1 })),
            resource('group', instance({ auth_token: 'second-token', version: '7.0', tags: {} })),
            resource('many', instance({ id: 1 }, 0)),
            { ...resource('new', instance({ id: 3 })), mode: 'data', module: 'module.m' },
          ],
        }),
      )
      expect(await backend.compare(stack, 1, 2)).toEqual({
        resources: [
          { address: 'aws_x.group', change: 'changed', attributes: ['auth_token', 'version'] },
          { address: 'aws_x.many[1]', change: 'removed', attributes: ['id'] },
          { address: 'module.m.data.aws_x.new', change: 'added', attributes: ['id'] },
        ],
        outputs: [
          { name: 'gone', change: 'removed', sensitive: false, before: 'g' },
          { name: 'password', change: 'changed', sensitive: true },
          { name: 'port', change: 'changed', sensitive: false, before: 6379, after: 6380 },
        ],
      })
    })

    test('removing a stack forgets its versions, its lock and its grants', async () => {
      const attempt = client(await grant('a1'))
      await attempt.write(bytesOf(state(1)))
      await attempt.lock('L1')
      await backend.remove(stack)
      expect((await attempt.post(bytesOf(state(2)), 'L1')).status).toBe(401)
      expect(await backend.versions(stack)).toEqual([])
      expect(await backend.lockHolder(stack)).toBeUndefined()
      expect(await backend.stacks()).not.toContain(stack)
    })
  })

  describe('access', () => {
    test('without good credentials nothing opens', async () => {
      for (const credentials of [
        { username: 'operator', password: 'guess' },
        { username: '', password: '' },
        { username: 'a1', password: (await grant('a2')).password },
      ]) {
        const answer = await client(credentials).get()
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
      }
      expect((await backend.app.request(`/${stack}`)).status).toBe(401)
    })

    test('an attempt’s credentials open its stack only', async () => {
      const credentials = await grant('a1')
      expect((await client(credentials).get()).status).toBe(204)
      expect((await client(credentials, 'other').get()).status).toBe(403)
      expect((await client(credentials, 'other').lock('L1')).status).toBe(403)
    })

    test('who may read only can neither lock nor write', async () => {
      await client().write(bytesOf(state(1)))
      await client().lock('L1')
      for (const credentials of [await grant('a1', 'read'), READER]) {
        const reader = client(credentials)
        expect((await reader.get()).status).toBe(200)
        expect((await reader.lock('L1')).status).toBe(403)
        expect((await reader.post(bytesOf(state(2)), 'L1')).status).toBe(403)
        expect((await reader.unlock('L1')).status).toBe(403)
        expect((await reader.delete()).status).toBe(403)
      }
    })

    test('a newer attempt ends the older one and takes its lock over, and the log says so', async () => {
      const older = client(await grant('a1'))
      expect((await older.lock('L1')).status).toBe(200)
      const newer = client(await grant('a2'))
      expect(logged).toContainEqual({
        message: 'State lock of an earlier attempt taken over',
        fields: { stack, lock: 'L1', holder: `a1 of ${stack}`, by: `a2 of ${stack}` },
      })
      expect((await older.post(bytesOf(state(1)), 'L1')).status).toBe(403)
      expect((await newer.lock('L2')).status).toBe(200)
      for (const answer of [
        older.post(bytesOf(state(1)), 'L2'),
        older.unlock('L2'),
        older.get(),
        older.lock('L2'),
      ]) {
        expect((await answer).status).toBe(403)
      }
      expect((await newer.post(bytesOf(state(1)), 'L2')).status).toBe(200)
    })

    test('a read grant and a grant of another stack end nothing', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      await grant('a2', 'read')
      await grant('a3', 'write', `${stack}-other`)
      expect((await attempt.post(bytesOf(state(1)), 'L1')).status).toBe(200)
    })

    test('an operator’s lock is not taken over', async () => {
      await client().lock('L1')
      const attempt = client(await grant('a1'))
      expect((await attempt.lock('L2')).status).toBe(423)
    })

    test('a revoked attempt is shut out, and its lock stays until a newer attempt or an operator frees it', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      await backend.revoke('a1')
      expect((await attempt.post(bytesOf(state(1)), 'L1')).status).toBe(403)
      expect((await attempt.unlock('L1')).status).toBe(403)
      expect((await client().lock('L2')).status).toBe(423)
      expect((await client(await grant('a2')).lock('L3')).status).toBe(200)
    })
  })

  describe('limits', () => {
    test('a state above the limit is refused', async () => {
      backend = await open({ limits: { stateBytes: 1000 } })
      expect((await client().write(bytesOf(state(1, { content: 'x'.repeat(700) })))).status).toBe(200)
      const answer = await client().write(bytesOf(state(2, { content: 'x'.repeat(1000) })))
      expect(answer.status).toBe(413)
      expect(await answer.text()).toContain('1000 bytes')
    })

    test('a request above the limit is told to come back, the others are served', async () => {
      backend = await open({ limits: { requestsAtOnce: 1 } })
      let finish = () => {}
      const slowBody = new ReadableStream({
        start(controller) {
          finish = () => {
            controller.enqueue(bytesOf(lockInfo('L1')))
            controller.close()
          }
        },
      })
      const authorization = `Basic ${btoa(`${OPERATOR.username}:${OPERATOR.password}`)}`
      const init: RequestInit = { method: 'LOCK', headers: { authorization }, body: slowBody, duplex: 'half' }
      const slow = backend.app.request(`/${stack}/lock`, init)
      const answer = await client().get()
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('1')
      finish()
      expect((await slow).status).toBe(200)
      expect((await client().get()).status).toBe(204)
    })
  })

  describe('keys', () => {
    const openWith = (keys: string) => open({ keyRing: KeyRing.parse(keys) })

    test('a missing key is a clear error at start', async () => {
      await clientOf((await openWith(first)).app, stack).write(bytesOf(state(1)))
      await expect(openWith(second)).rejects.toThrow('keys that are not in the key ring: k1.')
      await expect(openWith(`${second},${first}`)).resolves.toBeDefined()
    })

    test('another key by a known id is a clear error at start, before anything is stored too', async () => {
      await openWith(first)
      await expect(openWith(KeyRing.newEntry('k1'))).rejects.toThrow('"k1" in the key ring is not the key')
    })

    test('re-encrypting moves everything to the first key while the states are read and written', async () => {
      const old = clientOf((await openWith(first)).app, 'busy')
      for (let serial = 1; serial <= 20; serial++) await old.write(bytesOf(state(serial)))
      const rotated = await openWith(`${second}\n${first}`)
      const busy = clientOf(rotated.app, 'busy')
      const work = (async () => {
        for (let serial = 21; serial <= 40; serial++) {
          expect((await busy.write(bytesOf(state(serial)))).status).toBe(200)
          expect(await (await busy.get()).json()).toEqual(state(serial))
        }
      })()
      const steps: [number, number][] = []
      const count = await rotated.reencrypt((done, total) => steps.push([done, total]))
      await work
      expect(steps).toHaveLength(count)
      expect(count).toBeGreaterThan(0)
      expect(await rotated.reencrypt()).toBe(0)
      const after = await openWith(second)
      expect(await after.read('busy')).toEqual(state(40))
      for (const { version, serial } of await after.versions('busy')) {
        expect(await after.version('busy', version)).toMatchObject(state(serial))
      }
    })
  })

  test('a failing database is a 500 that quotes nothing, for terraform to try again', async () => {
    await database.empty()
    const answer = await client().lock('L1')
    expect(answer.status).toBe(500)
    expect(await answer.text()).toBe('The state backend failed. The request may be repeated.\n')
    expect(JSON.stringify(logged)).not.toContain('me@here')
  })
})
