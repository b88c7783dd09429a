import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { bytesOf, OPERATOR, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function versions(bench: Bench): void {
  const { client, grant, open } = bench
  describe('the versions of a state', () => {
    test('every accepted write is a version, the newest ones are kept', async () => {
      bench.backend = await open({ limits: { versionsKept: 3 } })
      await client(OPERATOR, 'other').write(bytesOf(state(1)))
      for (let serial = 1; serial <= 5; serial++) await client().write(bytesOf(state(serial)))
      const versions = await bench.backend.versions(STACK)
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
      expect(await bench.backend.version(STACK, 3)).toMatchObject(state(3))
      await expect(bench.backend.version(STACK, 2)).rejects.toMatchObject({ reason: 'notFound' })
      await bench.backend.restore(STACK, 4, 'test')
      expect((await bench.backend.versions(STACK)).map(({ version }) => version)).toEqual([6, 5, 4])
      expect(await bench.backend.versions('other')).toHaveLength(1)
    })

    test('an old version becomes current as a new one, with every digit of its numbers', async () => {
      const old = `${JSON.stringify(state(1)).slice(0, -1)},"big":12345678901234567890,"exact":1.10}`
      await client().write(new TextEncoder().encode(old))
      await client(OPERATOR, 'other').write(bytesOf(state(50)))
      await client().write(bytesOf(state(9, { content: 'broken' })))
      const restored = await bench.backend.restore(STACK, 1, 'operator jane')
      expect(restored).toMatchObject({ version: 3, serial: 10, writer: 'operator jane (restored version 1)' })
      const text = await (await client().get()).text()
      expect(JSON.parse(text)).toMatchObject(state(10))
      expect(text).toContain('"big": 12345678901234567890,')
      expect(text).toContain('"exact": 1.10')
      expect((await client().write(bytesOf(state(11)))).status).toBe(200)
    })

    test('nobody gets to the last serial, and what has it can be restored all the same', async () => {
      expect((await client().write(bytesOf(state(Number.MAX_SAFE_INTEGER)))).status).toBe(409)
      for (const serial of [1, 2]) await client().write(bytesOf(state(serial)))
      for (const table of ['stacks', 'versions']) {
        await bench.database.db.execute(
          sql`update state_backend.${sql.identifier(table)} set serial = ${Number.MAX_SAFE_INTEGER} where version = 2`,
        )
      }
      expect((await client().write(bytesOf(state(3)))).status).toBe(409)
      expect(await bench.backend.restore(STACK, 1, 'test')).toMatchObject({ serial: 2 })
      expect((await client().write(bytesOf(state(3)))).status).toBe(200)
    })

    test('a restore waits for nobody: it is refused while the state is locked', async () => {
      await client().write(bytesOf(state(1)))
      await client().lock('L1')
      await expect(bench.backend.restore(STACK, 1, 'test')).rejects.toMatchObject({ reason: 'locked' })
      await client().unlock('L1')
      await expect(bench.backend.restore(STACK, 8, 'test')).rejects.toMatchObject({ reason: 'notFound' })
      expect(await bench.backend.versions(STACK)).toHaveLength(1)
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
          outputs: {
            port: { value: 6379 },
            password: secret('first-secret'),
            gone: { value: 'g' },
            hidden: { value: 'h' },
            shown: secret('s'),
          },
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
          outputs: {
            port: { value: 6380 },
            password: secret('second-secret'),
            hidden: secret('h'),
            shown: { value: 's' },
          },
          resources: [
            resource('same', instance({ id: 1 })),
            resource('group', instance({ auth_token: 'second-token', version: '7.0', tags: {} })),
            resource('many', instance({ id: 1 }, 0)),
            { ...resource('new', instance({ id: 3 })), mode: 'data', module: 'module.m' },
          ],
        }),
      )
      expect(await bench.backend.compare(STACK, 1, 2)).toEqual({
        resources: [
          { address: 'aws_x.group', change: 'changed', attributes: ['auth_token', 'version'] },
          { address: 'aws_x.many[1]', change: 'removed', attributes: ['id'] },
          { address: 'module.m.data.aws_x.new', change: 'added', attributes: ['id'] },
        ],
        outputs: [
          { name: 'gone', change: 'removed', sensitive: false, before: 'g' },
          { name: 'hidden', change: 'changed', sensitive: true },
          { name: 'password', change: 'changed', sensitive: true },
          { name: 'port', change: 'changed', sensitive: false, before: 6379, after: 6380 },
          { name: 'shown', change: 'changed', sensitive: true },
        ],
      })
    })

    test('a version of another lineage than the current one is not restored', async () => {
      await client().write(bytesOf(state(1)))
      await client().lock('L1')
      await client().delete()
      await client().unlock('L1')
      const current = state(1, { lineage: 'lineage-2' })
      await client().write(bytesOf(current))
      await expect(bench.backend.restore(STACK, 1, 'me')).rejects.toMatchObject({ reason: 'conflict' })
      expect(await bench.backend.read(STACK)).toEqual(current)
    })

    test('a state from elsewhere is not taken in while anybody works on the one here', async () => {
      await client().lock('L1')
      const body = bytesOf(state(7))
      await expect(bench.backend.import(STACK, body, 'a move')).rejects.toMatchObject({ reason: 'locked' })
      expect(await bench.backend.read(STACK)).toBeUndefined()
      await client().unlock('L1')
      await bench.backend.import(STACK, body, 'a move')
      expect(await bench.backend.read(STACK)).toEqual(state(7))
    })

    test('removing a stack forgets its versions, its lock and its grants', async () => {
      const attempt = client(await grant('a1'))
      await attempt.write(bytesOf(state(1)))
      await attempt.lock('L1')
      await bench.backend.remove(STACK)
      expect((await attempt.post(bytesOf(state(2)), 'L1')).status).toBe(401)
      expect(await bench.backend.versions(STACK)).toEqual([])
      expect(await bench.backend.lockHolder(STACK)).toBeUndefined()
      expect(await bench.backend.stacks()).not.toContain(STACK)
    })
  })
}
