import { describe, expect, test } from 'vitest'
import { deleteQuery, instancePath } from '../../../support/broker.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import type { SharedBroker } from '../../../support/shared-broker.ts'
import { bindBody, instance } from './requests.ts'

export function idsInPaths(broker: SharedBroker): void {
  describe('the id in a path', () => {
    test.each([
      ['a slash', 'a/b'],
      ['a space, a question mark and a hash', 'a b?c#d'],
      ['an escape that is meant', '%2F%00'],
      ['letters of all the world', 'Ünïcode-日本語-😀'],
      ['a line break', 'a\nb'],
      ['quotes and SQL', `'; drop table broker().instances; --`],
      ['255 characters', 'i'.repeat(255)],
      ['the name of another endpoint', 'last_operation'],
    ])('may have %s', async (_, id) => {
      expectRefusal(await broker().request('GET', instancePath(id)), 404)
      expectRefusal(await broker().request('GET', `${instancePath(id)}/last_operation`), 404)
      expectRefusal(await broker().deprovision(id), 410)
    })

    test.each([
      ['a NUL', 'a\0b'],
      ['256 characters', 'i'.repeat(256)],
    ])('is refused with 400 when it has %s', async (_, id) => {
      expectRefusal(await broker().request('GET', instancePath(id)), 400)
      expectRefusal(await broker().provision(id), 400)
      expectRefusal(await broker().deprovision(id), 400)
      const inBinding = `${instance}/service_bindings/${encodeURIComponent(id)}`
      expectRefusal(await broker().request('PUT', inBinding, { body: bindBody }), 400)
      expectRefusal(await broker().request('DELETE', `${inBinding}?${deleteQuery()}`), 400)
    })

    test.each(['%', '%ZZ', '%FF', '%C3%28'])('does no harm with the wrong escape %s', async (id) => {
      const { status } = await broker().request('GET', `/v2/service_instances/${id}`)
      expect(status).toBeOneOf([400, 404])
    })
  })
}
