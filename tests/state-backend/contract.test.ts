import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { access } from './contract/access.ts'
import { Bench } from './contract/bench.ts'
import { integrity } from './contract/integrity.ts'
import { keys } from './contract/keys.ts'
import { limits } from './contract/limits.ts'
import { protocol } from './contract/protocol.ts'
import { tampering } from './contract/tampering.ts'
import { versions } from './contract/versions.ts'
import { DATABASES } from './databases.ts'

describe.each(DATABASES)('The state backend on $name:', ({ start }) => {
  const bench = new Bench()
  beforeAll(async () => {
    bench.database = await start()
  })
  afterAll(() => bench.database?.stop())
  beforeEach(bench.reset)

  protocol(bench)
  integrity(bench)
  versions(bench)
  access(bench)
  keys(bench)
  limits(bench)
  tampering(bench)
})
