import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { type StateBackend, StateBackendError, type Version } from '../../state-backend/index.ts'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Operations } from '../operations/operations.ts'
import type { StateHome } from '../states/home.ts'
import type { States } from '../states/states.ts'
import { startOf } from '../text/shorten.ts'
import { answer } from './answer.ts'
import { events } from './events.ts'
import { instanceOf, refuse } from './requests.ts'

export interface StatesOptions {
  operations: Operations
  home: StateHome
  states: States
  backend: StateBackend
  /**
   * Encrypts everything with the first key. Returns how many of each there were to do.
   * @param progress called after every version of a state
   */
  reencrypt(progress: (done: number, total: number) => void): Promise<{ states: number; outputs: number }>
  /** Who asks, for the writer of a restored version. */
  operator: string
}

export type ReencryptEvent =
  | { type: 'progress'; done: number; total: number }
  | { type: 'ended'; states: number; outputs: number }

export interface VersionsAnswer {
  versions: Version[]
}

export interface RestoreAnswer {
  restored: Version
}

/** Milliseconds between two lines of progress. */
const progressInterval = 1000

/** The versions of states and their encryption, to be mounted at `/operator/states`. */
export function statesApp({ operations, home, states, backend, reencrypt, operator }: StatesOptions) {
  return (
    new Hono()
      /** Answers with events as they come: a client may not wait minutes for the first one. */
      .post('/reencrypt', (c) =>
        events<ReencryptEvent>(c, 'encrypting anew', async (tell) => {
          let lastLine = 0
          const counts = await reencrypt((done, total) => {
            if (Date.now() - lastLine < progressInterval) return
            lastLine = Date.now()
            tell({ type: 'progress', done, total })
          })
          tell({ type: 'ended', ...counts })
        }),
      )

      /** Writes a value where the states live, as they are written, reads it, and removes it. */
      .post('/check', async (c) => {
        const begun = performance.now()
        await checkStates(states)
        return answer(c, { kind: states.kind, milliseconds: Math.round(performance.now() - begun) })
      })

      .use('/:instance/*', async (_c, next) => {
        if (states.kind === 'http') return next()
        refuse(409, `The states live in ${states.kind}. Only the broker's own backend keeps versions here.`)
      })

      .get('/:instance/versions', async (c) => {
        const { instance } = await instanceOf(c, operations)
        return answer(c, { versions: await backend.versions(instance.stack) } satisfies VersionsAnswer)
      })

      /** The whole state. It holds secrets. */
      .get('/:instance/versions/:version', async (c) => {
        const { instance } = await instanceOf(c, operations)
        const version = versionOf(c, 'version')
        const state: object = await orRefuse(backend.version(instance.stack, version))
        c.get('log').info({ stack: instance.stack, version, by: operator }, 'State read')
        return answer(c, state)
      })

      .get('/:instance/compare/:before/:after', async (c) => {
        const { instance } = await instanceOf(c, operations)
        const [before, after] = [versionOf(c, 'before'), versionOf(c, 'after')]
        return answer(c, await orRefuse(backend.compare(instance.stack, before, after)))
      })

      .post('/:instance/restore/:version', async (c) => {
        const { instance, operation } = await instanceOf(c, operations)
        if (operation.state === 'in progress') refuse(409, `The ${operation.type} is in progress.`)
        const refusal = await home.writeRefusal(states.kind)
        if (refusal) refuse(409, refusal)
        const version = versionOf(c, 'version')
        const restored = await orRefuse(backend.restore(instance.stack, version, operator))
        return answer(c, { restored } satisfies RestoreAnswer)
      })
  )
}

/** @throws HTTPException with what the place of the states says */
async function checkStates(states: States): Promise<void> {
  const stack = randomUUID()
  const value = Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: '1.9.0',
      serial: 1,
      lineage: stack,
      outputs: {},
      resources: [],
    }),
  )
  try {
    await states.write(stack, value)
    const read = await states.readBytes(stack)
    if (!read || !value.equals(read)) refuse(409, 'What was written is not what is read.')
  } catch (error) {
    // What keeps it from being written may keep it from being removed, too: this is what went wrong.
    await states.remove(stack).catch(() => {})
    refuse(409, `A value could not be written and read: ${causeOf(error as Error).message}`)
  }
  await states.remove(stack).catch((error: Error) => {
    refuse(409, `A value that was written could not be removed: ${causeOf(error).message}`)
  })
}

function versionOf(c: Context, name: string): number {
  const word = c.req.param(name) ?? ''
  if (!/^\d{1,9}$/.test(word)) refuse(400, `A version is a number, and ${startOf(word, 40)} is none.`)
  return Number(word)
}

/** Tells the operator why the state backend refuses. */
async function orRefuse<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof StateBackendError)) throw error
    refuse(error.reason === 'notFound' ? 404 : 409, error.message)
  }
}
