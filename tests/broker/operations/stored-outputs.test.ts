import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuthTokens, sealAuthTokens } from '../../../broker/instances/auth-tokens.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { openOutputs } from '../../../broker/instances/outputs.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { StoredOutputs } from '../../../broker/operations/stored-outputs.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { anyInstance, anyOutputs, Records } from '../../support/records.ts'

test('a look that fails is logged and ends nothing, and a stop waits for it', async () => {
  const { log, lines } = recordedLog()
  const broken = Promise.withResolvers<never>()
  const outputs = new StoredOutputs({
    instances: { ofStack: () => broken.promise },
    changes: { setOutputs: async () => false },
    states: { read: async () => undefined },
    keyRing: KeyRing.parse(KeyRing.newEntry('key')),
    log,
  })
  outputs.refreshStack('one')
  const ended = outputs.ended()
  const err = new Error('the database is gone')
  broken.reject(err)
  await ended
  expect(lines).toEqual([[{ err, stack: 'one' }, expect.any(String)]])
})

describe("after an operator's own deploy", () => {
  let records: Records
  beforeAll(async () => {
    records = await Records.open()
  })
  afterAll(() => records?.close())

  /** Has a look compare what is stored with the outputs of a state, and tells what is stored then. */
  async function look(id: string, outputs: object) {
    const values = Object.entries(outputs).map(([name, value]) => [name, { value }])
    const { log, lines } = recordedLog()
    const state = { version: 4 as const, serial: 1, lineage: 'l', resources: [] }
    const looks = new StoredOutputs({
      instances: new Instances(records.db),
      changes: new ChangesAtRest(records.db),
      states: { read: async () => ({ ...state, outputs: Object.fromEntries(values) }) },
      keyRing: records.keyRing,
      log,
    })
    looks.refreshStack(anyInstance(id).stack)
    await looks.ended()
    const instance = await records.instance(id)
    return {
      outputs: openOutputs(records.keyRing, instance),
      tokens: openAuthTokens(records.keyRing, instance),
      generation: instance.outputsGeneration,
      logged: lines,
    }
  }

  const inState = { hostname: 'h', port: 6379, password: 'p', engine_version: '6.2.6' }
  const current = { generation: 1, value: 'p' }

  async function withTokens(id: string) {
    const instance = await records.created(id)
    const tokens = { current, previous: { generation: 0, value: 'former' } }
    await changeInstance(records.db, id, sealAuthTokens(records.keyRing, instance, tokens))
  }

  test('the connection details are those of the state', async () => {
    await records.created('moved')
    const after = await look('moved', { ...inState, hostname: 'elsewhere' })
    expect(after).toMatchObject({ outputs: { ...anyOutputs, hostname: 'elsewhere' }, tokens: { current } })
  })

  test('what is the same is not saved anew', async () => {
    await records.created('same')
    expect(await look('same', inState)).toMatchObject({ outputs: anyOutputs, generation: 1 })
  })

  test('a token that the instance never had is that of a group made anew, and all others have ended', async () => {
    await withTokens('made anew')
    const after = await look('made anew', { ...inState, password: 'new' })
    expect(after.outputs?.password).toBe('new')
    expect(after.tokens.current).toEqual({ generation: 2, value: 'new' })
    expect(after.tokens.previous).toBeUndefined()
    expect(after.tokens.ended).toHaveLength(2)
  })

  test('a token of before says nothing: the state is an old one', async () => {
    await withTokens('old state')
    const after = await look('old state', { ...inState, hostname: 'elsewhere', password: 'former' })
    expect(after).toMatchObject({ outputs: { hostname: 'elsewhere', password: 'p' }, tokens: { current } })
  })

  test('a state of a deploy that is half done changes nothing, and is no news', async () => {
    await records.created('half done')
    const { port: _port, ...half } = inState
    const after = await look('half done', { ...half, hostname: 'elsewhere' })
    expect(after).toMatchObject({ outputs: anyOutputs, logged: [] })
  })

  test('an instance that was never created to its end gets no connection details', async () => {
    await records.requests.cancel(await records.creation('unfinished'), 'not of interest')
    expect((await look('unfinished', inState)).outputs).toBeUndefined()
  })
})
