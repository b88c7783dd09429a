import * as v from 'valibot'
import {
  type Engine,
  type EngineVersion,
  engineOf,
  engines,
  nameOf,
  numberOf,
} from '../model/engine-versions.ts'
import { startOf } from '../text/shorten.ts'

/** Engine and version of a request, in one or the other spelling. */
interface Given {
  engine?: Engine | undefined
  engineVersion?: string | undefined
  engine_version?: string | undefined
}

/** The same, with the version found among those that the plan offers. */
export interface EngineChoice {
  engine?: Engine
  engineVersion?: EngineVersion
}

export function engineEntries(accepted: readonly EngineVersion[], example: string) {
  const numbers = accepted.map(numberOf)
  const list = accepted.map((version) => `"${numberOf(version)}"`).join(', ')
  const engineVersion = (description: string) =>
    v.pipe(
      v.picklist(numbers, ({ input }) =>
        typeof input === 'string'
          ? `engineVersion "${startOf(input, 40)}" is not offered. Use one of ${list}, exactly as it is written here.`
          : `engineVersion must be a string in double quotes, for example ${example}.`,
      ),
      v.description(description),
    )
  const offered = engines.filter((engine) => accepted.some((version) => engineOf(version) === engine))
  const names = offered.map((engine) => `"${engine}"`).join(' or ')
  return {
    engineVersion: v.optional(engineVersion('Version of the engine, in double quotes')),
    engine_version: v.optional(engineVersion('Another spelling of engineVersion')),
    engine: v.optional(
      v.pipe(
        v.picklist(offered, `engine must be ${names}, in lower case and double quotes.`),
        v.description(
          'Redis, or Valkey where it is offered: a Redis can become Valkey, and never Redis again',
        ),
      ),
    ),
  }
}

export const oneSpelling = <G extends Given>() =>
  v.check(
    ({ engineVersion, engine_version }: G) => engineVersion === undefined || engine_version === undefined,
    'engineVersion and engine_version are two spellings of one parameter. Give only one of them.',
  )

export const engineHasVersion = <G extends Given>(accepted: readonly EngineVersion[]) =>
  v.check(
    (given: G) => {
      const { engine, engineVersion } = engineChoice(accepted, given)
      return !engine || !engineVersion || engineOf(engineVersion) === engine
    },
    ({ input }) => {
      const { engine, engineVersion } = engineChoice(accepted, input as Given)
      const own = accepted.filter((version) => engineOf(version) === engine).map(nameOf)
      return `${engineVersion ? nameOf(engineVersion) : ''} is not of the engine ${engine}. Offered are ${own.join(', ')}.`
    },
  )

export function engineChoice(
  accepted: readonly EngineVersion[],
  { engine, engineVersion, engine_version }: Given,
): EngineChoice {
  const number = engineVersion ?? engine_version
  const version = accepted.find((known) => numberOf(known) === number)
  return { ...(engine ? { engine } : {}), ...(version ? { engineVersion: version } : {}) }
}

/** The newest version that is offered of an engine. */
export function newestOf(accepted: readonly EngineVersion[], engine: Engine): EngineVersion | undefined {
  const own = accepted.filter((version) => engineOf(version) === engine)
  return own
    .toSorted((one, other) => Number.parseFloat(numberOf(one)) - Number.parseFloat(numberOf(other)))
    .at(-1)
}
