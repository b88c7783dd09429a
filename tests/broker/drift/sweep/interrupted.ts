import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { plansWait, processes, untilPlanned } from '../held-plans.ts'
import { filesOfSweeps, type Site } from './site.ts'

export function interrupted({ broker, drift, report }: Site): void {
  describe('a sweep that is interrupted', () => {
    test('by its client ends, and the next one finds all', async () => {
      const gone = new AbortController()
      const answer = await fetch(`${broker().url}/operator/drift`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('operator:operator')}` },
        body: '{}',
        signal: gone.signal,
      })
      await answer.body?.getReader().read()
      gone.abort()
      // Until it has ended, the instance that it was at is its own.
      await vi.waitFor(async () => expect((await report()).instances).toHaveLength(2), {
        timeout: 60_000,
        interval: 200,
      })
      expect(processes(broker(), '-debug')).toEqual([])
    })

    test('by kill -9 of the broker leaves no plans, processes, claims or credentials once it is back', async () => {
      await broker().aws((aws) => aws.setBehaviour(plansWait))
      const sweep = drift()
      await untilPlanned(broker())
      const { stack, login } = stateAccess(processes(broker(), 'terraform plan')[0] ?? '')
      expect((await broker().request('GET', `/state/${stack}`, { login })).status).toBe(200)
      await broker().kill()
      expect(await sweep).toMatchObject({ code: 1, stderr: expect.stringContaining('interrupted') })
      await broker().start()
      expect(processes(broker(), 'terraform plan')).toEqual([])
      expect(processes(broker(), '-debug')).toEqual([])
      expect((await broker().request('GET', `/state/${stack}`, { login })).status).toBe(403)
      expect(filesOfSweeps(broker()).filter((file) => file.endsWith('.tfplan'))).toEqual([])
      await broker().aws((aws) => aws.setBehaviour({}))
      const { instances, skipped } = await report()
      expect(skipped).toEqual([])
      expect(instances).toHaveLength(2)
    })
  })
}

/** The access to a state in the environment of a plan that runs. @param line of `processes` */
function stateAccess(line: string): { stack: string; login: string } {
  const environment = readFileSync(`/proc/${line.trim().split(' ')[0]}/environ`, 'utf8').split('\0')
  const variable = (name: string) =>
    environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
  const stack = variable('TF_HTTP_USERNAME') ?? ''
  return { stack, login: `${stack}:${variable('TF_HTTP_PASSWORD')}` }
}
