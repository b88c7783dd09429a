import { Hono } from 'hono'
import * as v from 'valibot'
import type { CurrentPause, Pause } from '../instances/pause.ts'
import { readBody } from './requests.ts'

const pauseBody = v.object({
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
    ),
  ),
})

export interface PauseAnswer {
  /** Null when new operations begin. */
  pause: CurrentPause | null
}

export interface PauseOptions {
  pause: Pause
  /** Has what waits begin at once. */
  resumed(): Promise<void>
  /** Who acts. */
  operator: string
}

/** `GET` and `POST /pause` and `POST /resume`, to be mounted at `/operator`. */
export function pauseApp({ pause, resumed, operator }: PauseOptions): Hono {
  const app = new Hono()

  app.get('/pause', async (c) => c.json({ pause: (await pause.current()) ?? null } satisfies PauseAnswer))

  app.post('/pause', async (c) => {
    const { refuse, reason = null } = await readBody(c, pauseBody)
    const begun = await pause.begin({ refuses: refuse, reason, pausedBy: operator })
    c.get('log').info({ refuse, reason }, 'new operations are paused')
    return c.json({ pause: begun } satisfies PauseAnswer)
  })

  app.post('/resume', async (c) => {
    if (await pause.end()) {
      c.get('log').info({}, 'new operations begin again')
      await resumed()
    }
    return c.json({ pause: null } satisfies PauseAnswer)
  })

  return app
}
