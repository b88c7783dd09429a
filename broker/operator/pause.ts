import { Hono } from 'hono'
import * as v from 'valibot'
import { isStorable } from '../database/storable.ts'
import { object } from '../http/json-object.ts'
import type { CurrentPause, Pause } from '../operations/pause.ts'
import { answer } from './answer.ts'
import { body } from './requests.ts'

const pauseBody = object({
  /** Refuse new operations, instead of taking them and letting them wait. Deletions are never refused. */
  refuse: v.optional(v.boolean(), false),
  /** Users read it. */
  reason: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty('must not be empty'),
      v.maxLength(200, 'must have at most 200 characters'),
      v.regex(/^\P{Cc}*$/u, 'must be one line'),
      v.check(isStorable, 'holds characters that are not allowed'),
    ),
  ),
})

export interface PauseAnswer {
  /** Null when new operations begin. */
  pause: CurrentPause | null
}

export interface PausedAnswer {
  pause: CurrentPause
}

export interface PauseOptions {
  pause: Pause
  /** Has what waits begin at once. */
  resumed(): Promise<void>
  /** Who acts. */
  operator: string
}

/** The pause of new operations, to be mounted at `/operator/pause`. */
export function pauseApp({ pause, resumed, operator }: PauseOptions) {
  return new Hono()
    .get('/', async (c) => {
      const current = (await pause.current()) ?? null
      return answer(c, { pause: current } satisfies PauseAnswer)
    })

    .post('/', body(pauseBody), async (c) => {
      const { refuse, reason = null } = c.req.valid('json')
      const begun = await pause.begin({ refuses: refuse, reason, pausedBy: operator })
      c.get('log').info({ refuse, reason }, 'new operations are paused')
      return answer(c, { pause: begun } satisfies PausedAnswer)
    })

    .delete('/', async (c) => {
      const ended = await pause.end()
      if (ended) {
        c.get('log').info({}, 'new operations begin again')
        await resumed()
      }
      return answer(c, { ended })
    })
}
