import * as v from 'valibot'

type Fields<E extends v.ObjectEntries> = v.ObjectSchema<E, string>

/** The schema of an object. Without the check an array would pass for one without keys. */
export const object = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(
    v.unknown(),
    v.check((given) => !Array.isArray(given), 'must be a JSON object'),
    // A field that is missing is an issue of the object.
    v.object(entries, ({ input }) => (input === undefined ? 'is missing' : 'must be a JSON object')),
    // The type of what goes in, which the client of the commands is made of, would be unknown.
  ) as v.GenericSchema<v.InferInput<Fields<E>>, v.InferOutput<Fields<E>>>
