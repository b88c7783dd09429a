import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { finishWaits, groupOf, untilGroupIs } from '../../../support/groups.ts'
import { succeeds } from '../../../support/instances.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import { until } from '../../../support/until.ts'
import { bound, broker, id, instance, ping, retire, rotate, settled } from './site.ts'

export function interrupted(): void {
  describe('a rotation that is interrupted after AWS has taken it', () => {
    const begun = async () => {
      await settled()
      const before = await bound(`before-${randomUUID()}`)
      await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
      await rotate()
      await untilGroupIs(broker(), id, 'modifying')
      return before
    }

    async function expectBothWork(before: RedisCredentials): Promise<void> {
      const after = await bound(`after-${randomUUID()}`)
      expect(after.password).not.toBe(before.password)
      expect(await ping(before)).toBe('PONG')
      expect(await ping(after)).toBe('PONG')
    }

    test('by a kill of the broker: is taken once, and cuts nobody off', async () => {
      const before = await begun()
      const changedAt = (await groupOf(broker(), id))?.authTokenLastModifiedDate
      await broker().kill()
      await finishWaits(broker())
      await broker().start()
      await succeeds(broker(), id)
      expect((await groupOf(broker(), id))?.authTokenLastModifiedDate).toEqual(changedAt)
      await expectBothWork(before)
    })

    test('by an operator who cancels it: is on record, so that the next one cuts nobody off', async () => {
      const before = await begun()
      const path = `/operator/instances/${id}/cancel`
      await broker().request('POST', path, { login: 'operator:operator', body: {} })
      await broker().ended(id)
      await finishWaits(broker())
      await until(async () => (await instance()).parameters.credentialsRotation)
      await expectBothWork(before)
      expectRefusal(await rotate(), 400)
      await retire()
      await succeeds(broker(), id)
      await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
    })
  })
}
