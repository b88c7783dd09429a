import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../../support/broker.ts'
import { groupOf } from '../../../support/groups.ts'
import { type ProgramRun, runCommand } from '../../../support/program.ts'
import { redis } from '../finding.ts'
import { type Site, small } from './site.ts'

export function gone({ broker, reconcile, report, behind, told }: Site): void {
  describe('when the group is deleted behind its back', () => {
    /** How a reconcile of a tag went that failed before the group was deleted, and its retry after. */
    let ofTag: Record<'reconciled' | 'failed' | 'retried', Answer['body']> & { retry: Answer; group: unknown }
    let missing: Awaited<ReturnType<typeof report>>
    let binding: Answer
    let reconciled: ProgramRun
    let ended: Answer['body']
    beforeAll(async () => {
      await behind(small, async (aws, group) => {
        await aws.addTags(group, { Owner: 'somebody' })
        aws.setBehaviour({ faults: [{ call: 'removeTagsFromResource', fault: 'AccessDenied', times: 1 }] })
      })
      const { body } = await reconcile(small)
      const failed = await broker().ended(small)
      await behind(small, (aws, group) => aws.deleteReplicationGroup(group))
      const login = 'operator:operator'
      const path = `/operator/instances/${small}/retry`
      const retry = await broker().request('POST', path, { login, body: {} })
      const retried = await broker().ended(small)
      ofTag = { reconciled: body, failed, retry, retried, group: await groupOf(broker(), small) }
      missing = await report(small)
      binding = await broker().bind(small, 'to-nothing')
      reconciled = await runCommand(['reconcile', small], broker())
      ended = await broker().ended(small)
    })

    test('a reconcile of something else never creates it anew, not when it is tried again either', () => {
      expect(ofTag.reconciled.operation).toMatchObject({ type: 'update' })
      expect(ofTag.failed).toMatchObject({ state: 'failed' })
      expect(ofTag.retry.status).toBe(202)
      expect(ofTag.retried).toMatchObject({
        state: 'failed',
        description: expect.stringContaining('is gone'),
      })
      expect(ofTag.group).toBeUndefined()
    })

    test('it is missing: exit code 2, and nobody is bound to it', () => {
      expect(missing.code).toBe(2)
      expect(missing.instances[0]).toMatchObject({
        state: 'missing',
        findings: [{ cause: 'world', resource: redis, change: 'gone' }],
      })
      expect(binding.status).toBe(422)
    })

    test('reconcile creates it anew, and says what that means', () => {
      expect(reconciled.code).toBe(0)
      expect(reconciled.stdout).toContain('it is empty, and may have another address')
      expect(ended).toMatchObject({
        state: 'succeeded',
        description: expect.stringContaining('without data: the one before was gone'),
      })
    })

    test('nobody is told that it is missing any longer, and the webhook is told so, without another sweep', async () => {
      const look = async (path: string) =>
        (await broker().request('GET', path, { login: 'operator:operator' })).body
      expect((await look(`/operator/instances/${small}`)).driftState).toBe('clean')
      expect(await look('/operator/metrics')).toContain('broker_instances{drift="missing"} 0')
      await vi.waitFor(() => expect(told(small).at(-1)).toMatchObject({ state: 'clean', findings: [] }), {
        timeout: 20_000,
        interval: 100,
      })
      expect(told(small).at(-2)).toMatchObject({ state: 'missing' })
      expect(broker().output).toContain(`drift state of ${small} was missing, is clean`)
    })

    test('and it is clean', async () => {
      expect((await report(small)).instances[0]).toMatchObject({ state: 'clean' })
    })
  })
}
