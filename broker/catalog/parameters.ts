import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { startOf } from '../shorten.ts'
import type { EngineVersion } from './engine-versions.ts'

/** What an instance was asked to be, with defaults filled in. */
export interface InstanceParameters {
  engineVersion: EngineVersion
}

const example = `-c '{"engineVersion": "6.2"}'`

/** The schemas of `cf create-service -c` and `cf update-service -c`: they validate and are published. */
export function parameterSchemas(accepted: readonly EngineVersion[]) {
  const list = accepted.map((version) => `"${version}"`).join(', ')
  const engineVersion = (description: string) =>
    v.pipe(
      v.picklist(accepted, ({ input }) =>
        typeof input === 'string'
          ? `engineVersion "${startOf(input, 40)}" is not offered. Use one of ${list}, exactly as it is written here.`
          : `engineVersion must be a string in double quotes, for example ${example}.`,
      ),
      v.description(description),
    )
  const schema = v.pipe(
    v.strictObject(
      {
        engineVersion: v.optional(engineVersion('Redis version, in double quotes')),
        engine_version: v.optional(engineVersion('Another spelling of engineVersion')),
      },
      (issue) =>
        issue.expected === 'never'
          ? `Unknown parameter ${issue.path?.at(-1)?.key}. The known ones are engineVersion and engine_version.`
          : `Parameters must be a JSON object, for example ${example}.`,
    ),
    v.check(
      (parameters) => !(parameters.engineVersion !== undefined && parameters.engine_version !== undefined),
      'engineVersion and engine_version are two spellings of one parameter. Give only one of them.',
    ),
    v.transform(({ engineVersion, engine_version }): Partial<InstanceParameters> => {
      const version = engineVersion ?? engine_version
      return version === undefined ? {} : { engineVersion: version }
    }),
  )
  return { instance: schema, binding: bindingParameters }
}

const bindingParameters = v.strictObject({}, (issue) =>
  issue.expected === 'never'
    ? `Unknown parameter ${issue.path?.at(-1)?.key}. A binding takes no parameters.`
    : 'Parameters must be a JSON object.',
)

export type ParameterSchemas = ReturnType<typeof parameterSchemas>

/** Cloud Controller refuses draft-07. What these schemas use else means the same in draft-04. */
export function draft04(schema: v.GenericSchema): Record<string, unknown> {
  const { $schema: _, required, ...rest } = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore' })
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    ...rest,
    // Draft-04 forbids an empty list.
    ...(required?.length ? { required } : {}),
  }
}
