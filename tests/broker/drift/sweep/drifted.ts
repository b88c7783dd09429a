import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ProgramRun } from '../../../support/program.ts'
import { finding, redis } from '../finding.ts'
import { signature } from '../webhook-receiver.ts'
import { large, type Site, secret, small } from './site.ts'

export function drifted({ broker, webhook, drift, report, behind }: Site): void {
  describe('when somebody changes a setting and a tag in the console', () => {
    let first: Awaited<ReturnType<typeof report>>
    let again: ProgramRun
    let before: { output: number; calls: number; drifted: number }
    const callsOfSmall = () => webhook().calls.filter(({ text }) => JSON.parse(text).data.instance === small)
    const calls = () => callsOfSmall().slice(before.calls)
    const metrics = async (): Promise<string> =>
      (await broker().request('GET', '/operator/metrics', { login: 'operator:operator' })).body
    const checksDrifted = async () => {
      const line = /^broker_drift_check_duration_seconds_count\{drift="drifted"\} (\d+)$/m
      return Number(line.exec(await metrics())?.[1] ?? 0)
    }
    beforeAll(async () => {
      before = {
        output: broker().output.length,
        calls: callsOfSmall().length,
        drifted: await checksDrifted(),
      }
      webhook().refuses = small
      await behind(small, async (aws, group) => {
        await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 0 })
        await aws.addTags(group, { Owner: 'somebody' })
      })
      first = await report('cache')
      await vi.waitFor(() => expect(calls()).toHaveLength(2), { timeout: 20_000, interval: 100 })
      again = await drift()
    })
    afterAll(() =>
      behind(small, async (aws, group) => {
        await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 3 })
        await aws.removeTags(group, ['Owner'])
      }),
    )

    test('the sweep tells which, and what they were: exit code 2', () => {
      const { code, instances } = first
      expect(code).toBe(2)
      expect(instances).toHaveLength(1)
      expect(instances[0]).toMatchObject({ instance: small, name: 'cache', state: 'drifted' })
      expect(instances[0].findings).toEqual([
        finding('snapshot_retention_limit', 3, 0),
        finding('tags.Owner', null, 'somebody'),
      ])
    })

    test('the webhook is told, signed, and again when it did not take it', () => {
      const [refused, taken] = calls()
      expect(taken?.text).toEqual(refused?.text)
      expect(taken?.headers['webhook-id']).toBe(refused?.headers['webhook-id'])
      for (const call of calls()) {
        expect(call.headers['webhook-signature']).toBe(signature(call, secret))
      }
      const message = JSON.parse(taken?.text ?? '')
      expect(message).toEqual({
        type: 'drift.changed',
        timestamp: expect.any(String),
        data: {
          id: taken?.headers['webhook-id'],
          instance: small,
          name: 'cache',
          space: 'production',
          spaceGuid: 'e6f6fbf3-0000-4000-8000-000000000002',
          organizationGuid: 'e6f6fbf3-0000-4000-8000-000000000001',
          state: 'drifted',
          findings: [finding('snapshot_retention_limit', 3, 0), finding('tags.Owner', null, 'somebody')],
        },
      })
      expect(Math.abs(Date.now() - Date.parse(message.timestamp))).toBeLessThan(3_600_000)
    })

    test('the same found once more is no news, and the command tells it: exit code 2', () => {
      expect(again.code).toBe(2)
      expect(again.stdout).toContain(`${large} sessions: clean`)
      expect(again.stdout).toContain(`${redis}: snapshot_retention_limit was 3, is 0`)
      expect(again.stdout).toContain('1 clean, 1 drifted')
      expect(calls()).toHaveLength(2)
    })

    test('the change of state is in the log, once', () => {
      const lines = broker()
        .output.slice(before.output)
        .split('\n')
        .filter((line) => line.includes(`drift state of ${small}`))
      expect(lines).toHaveLength(1)
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ before: 'clean', state: 'drifted', instance: small })
    })

    test('the metrics count it', async () => {
      const body = await metrics()
      expect(body).toContain('broker_instances{drift="drifted"} 1')
      expect(body).toContain('broker_instances{drift="clean"} 1')
      expect(body).toMatch(/^broker_drift_oldest_check_age_seconds [\d.]+$/m)
      expect(await checksDrifted()).toBe(before.drifted + 2)
      expect(body).toContain('broker_operations{type="provision",state="succeeded"} 2')
      expect(body).toContain('broker_queue_length 0')
    })
  })
}
