import { describe, expect, test } from 'vitest'
import { bytesOf, md5, OPERATOR, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function integrity(bench: Bench): void {
  const { client } = bench
  describe('what a write must be', () => {
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
      ['a lineage that no database holds', 400, changed({ lineage: 'lineage-1\0' })],
      ['another lineage', 409, bytesOf(state(6, { lineage: 'lineage-2' }))],
      ['an older serial', 409, bytesOf(state(4))],
      ['a serial far above the current one', 409, bytesOf(state(1_000_006))],
      ['the same serial with other content', 409, bytesOf(state(5, { content: 'other' }))],
    ])('%s is refused (%i) and the stored state stays', async (_what, status, body) => {
      await client().write(bytes)
      await client().lock('L1')
      const answer = await client().post(body, 'L1')
      expect(answer.status).toBe(status)
      expect(await answer.text()).toMatch(/^[A-Z].*\.\n$/)
      expect(new Uint8Array(await (await client().get()).arrayBuffer())).toEqual(bytes)
      expect(await bench.backend.versions(STACK)).toHaveLength(1)
    })

    test.each<[string, number, string, Record<string, string>]>([
      ['no lock’s id', 423, '', { 'content-md5': md5(bytesOf(state(6))) }],
      ['an id that no lock can have', 400, '%00', { 'content-md5': md5(bytesOf(state(6))) }],
      ['another lock’s id', 423, 'L2', { 'content-md5': md5(bytesOf(state(6))) }],
      ['no MD5', 400, 'L1', {}],
      ['a wrong MD5', 400, 'L1', { 'content-md5': md5(bytes) }],
      ['a malformed MD5', 400, 'L1', { 'content-md5': 'x' }],
    ])('a write with %s is refused (%i) and the stored state stays', async (_what, status, id, headers) => {
      await client().write(bytes)
      await client().lock('L1')
      expect((await client().post(bytesOf(state(6)), id, headers)).status).toBe(status)
      expect(await bench.backend.read(STACK)).toMatchObject(good)
    })

    test('a write while nobody has the lock is refused', async () => {
      expect((await client().post(bytesOf(state(1)))).status).toBe(428)
      expect((await client().post(bytesOf(state(1)), 'L1')).status).toBe(428)
      expect(await bench.backend.read(STACK)).toBeUndefined()
    })

    test.each(['', 'not json', '{}', '{"ID":""}', '{"ID":1}', '{"ID":"L1","Created":"now"}'])(
      'lock info %j is refused',
      async (body) => {
        const authorization = `Basic ${btoa(`${OPERATOR.username}:${OPERATOR.password}`)}`
        const request = { method: 'LOCK', headers: { authorization }, body }
        expect((await bench.backend.app.request(`/${STACK}/lock`, request)).status).toBe(400)
      },
    )

    test.each(['.hidden', 'a%2Fb', 'a%20b', '-x', 'x'.repeat(129)])(
      'STACK name %s is refused',
      async (name) => {
        expect((await client(OPERATOR, name).get()).status).toBe(400)
      },
    )
  })
}
