import { describe, expect, test } from 'vitest'
import { bytesOf, lockInfo, md5, OPERATOR, state } from '../../support/state-client.ts'
import { dropTables } from '../databases.ts'
import { type Bench, STACK } from './bench.ts'

export function limits(bench: Bench): void {
  const { client, open } = bench
  describe('limits', () => {
    test('a state above the limit is refused, whether or not it tells its length', async () => {
      bench.backend = await open({ limits: { stateBytes: 1000 } })
      expect((await client().write(bytesOf(state(1, { content: 'x'.repeat(700) })))).status).toBe(200)
      await client().lock('L1')
      const large = bytesOf(state(2, { content: 'x'.repeat(1000) }))
      for (const length of [{}, { 'content-length': String(large.length) }]) {
        const answer = await client().post(large, 'L1', { 'content-md5': md5(large), ...length })
        expect(answer.status).toBe(413)
        expect(await answer.text()).toContain('1000 bytes')
      }
    })

    test('a request above the limit is told to come back, the others are served', async () => {
      bench.backend = await open({ limits: { requestsAtOnce: 1 } })
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
      const slow = bench.backend.app.request(`/${STACK}/lock`, init)
      const answer = await client().get()
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('1')
      finish()
      expect((await slow).status).toBe(200)
      expect((await client().get()).status).toBe(204)
    })

    test('a failing database is a 500 that quotes nothing, for terraform to try again', async () => {
      await dropTables(bench.database)
      const answer = await client().lock('L1')
      expect(answer.status).toBe(500)
      expect(await answer.text()).toBe('The state backend failed. The request may be repeated.\n')
      expect(JSON.stringify(bench.logged)).not.toContain('me@here')
    })
  })
}
