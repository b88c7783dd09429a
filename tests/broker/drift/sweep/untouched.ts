import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { processes } from '../held-plans.ts'
import { filesOfSweeps, type Site, small } from './site.ts'

export function untouched({ broker, webhook, fresh, reconcile, report }: Site): void {
  describe('as long as nobody touches anything', () => {
    test('a new instance counts as clean: its deploy has proved it', () => {
      expect(fresh().metrics).toContain('broker_instances{drift="clean"} 2')
      expect(fresh().metrics).toContain('broker_instances{drift="unchecked"} 0')
    })

    test('nothing differs, and the report tells what each check and the shared provider have cost', () => {
      const { code, instances, provider, cpuSeconds } = fresh().sweep
      expect(code).toBe(0)
      expect(instances).toHaveLength(2)
      for (const one of instances) {
        expect(one).toMatchObject({ state: 'clean', findings: [], cpuSeconds: expect.any(Number) })
        expect(one.cpuSeconds).toBeGreaterThan(0)
        expect(one.megabytes).toBeGreaterThan(10)
      }
      expect(provider.megabytes).toBeGreaterThan(10)
      expect(cpuSeconds).toBeGreaterThan(provider.cpuSeconds)
    })

    test('no lock was taken and no state was written', () => {
      expect(fresh().instance).toMatchObject({ lock: null, state: { serial: 1 } })
    })

    test('no plan and no password stays on disk, and no provider goes on running', async () => {
      const { body } = await broker().bind(small, 'key')
      const left = filesOfSweeps(broker())
      expect(left.length).toBeGreaterThan(0)
      for (const file of left) expect(readFileSync(file, 'utf8')).not.toContain(body.credentials.password)
      expect(left.filter((file) => file.endsWith('.tfplan'))).toEqual([])
      expect(processes(broker(), '-debug')).toEqual([])
    })

    test('nor does it when the provider dies in the middle: one other takes its place', async () => {
      const deaths = [{ call: 'describeReplicationGroups', when: 'before' as const, times: 1 }]
      await broker().aws((aws) => aws.setBehaviour({ deaths }))
      const { code, instances } = await report()
      await broker().aws((aws) => aws.setBehaviour({}))
      expect(code).toBe(0)
      expect(instances).toHaveLength(2)
      expect(processes(broker(), '-debug')).toEqual([])
    })

    test('there is nothing to reconcile', async () => {
      expect((await reconcile('sessions')).body).toMatchObject({ check: { state: 'clean' }, operation: null })
    })

    test('nobody is told', () => {
      const checks = webhook().calls.map(({ text }) => JSON.parse(text))
      expect(checks.filter(({ timestamp }) => new Date(timestamp) < fresh().endedAt)).toEqual([])
    })
  })
}
