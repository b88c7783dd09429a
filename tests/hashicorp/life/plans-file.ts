import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The plans of the service, one of them with logs and alarms. */
export function plansFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plans-'))
  const file = join(directory, 'plans.json')
  const service = readFileSync(new URL('../../../broker/catalog/plans.json', import.meta.url), 'utf8')
  const notificationTopic = 'arn:aws:sns:us-east-1:000000000000:redis'
  const more = { logs: { slow: {} }, alarms: true, notificationTopic }
  const all = JSON.parse(service).map((plan: { name: string }) =>
    plan.name === 'redis-3node-large' ? { ...plan, ...more } : plan,
  )
  writeFileSync(file, JSON.stringify(all))
  process.once('exit', () => rmSync(directory, { recursive: true }))
  return file
}
