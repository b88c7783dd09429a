import { expect, test } from 'vitest'
import { cdktfByHand } from './commands/cdktf.ts'
import { findingInstances } from './commands/finding-instances.ts'
import { locks } from './commands/locks.ts'
import { operations } from './commands/operations.ts'
import { reader } from './commands/reader.ts'
import { refusedRequests } from './commands/refused-requests.ts'
import { operatorsSite, sessions } from './commands/site.ts'

const site = operatorsSite()
const { broker, request } = site

findingInstances(site)
refusedRequests(site)
reader(site)
const cacheEnds = cdktfByHand(site)
const sessionsEnd = locks(site)
operations(site, { cacheEnds, sessionsEnd })

test('an operator who prints a whole state is in the log, with the login', async () => {
  expect((await request('GET', `/operator/states/${sessions}/versions/1`)).status).toBe(200)
  await expect
    .poll(() => broker().output)
    .toMatch(new RegExp(`"stack":"${sessions}","version":1,"by":"operator operator","msg":"State read"`))
})
