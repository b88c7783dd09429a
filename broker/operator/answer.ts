import type { Context, TypedResponse } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An answer as its reader gets it: times are text in JSON. Hono's own type of this lets go of exact optionals. */
export type Received<T> = T extends Date
  ? string
  : T extends object
    ? { [Key in keyof T]: Received<T[Key]> }
    : T

/** Answers with JSON, of a type that the client of the commands gets to know. */
export function answer<T extends object, Status extends ContentfulStatusCode = 200>(
  c: Context,
  body: T,
  status?: Status,
): Response & TypedResponse<Received<T>, Status, 'json'> {
  const response: Response = c.json(body, status ?? 200)
  return response as Response & TypedResponse<Received<T>, Status, 'json'>
}
