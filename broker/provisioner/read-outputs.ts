import * as v from 'valibot'
import type { Outputs } from '../instances/outputs.ts'
import { ProvisionFailure, tellOperators } from '../model/provision-failure.ts'
import { wrongIn } from '../text/issues.ts'

const text = v.object({ value: v.string() })
const outputsSchema = v.object({
  hostname: text,
  reader_hostname: v.optional(text),
  port: v.object({ value: v.number() }),
  password: text,
  engine_version: text,
})

/**
 * @param outputs as they are in a state
 * @throws ProvisionFailure
 */
export function readOutputs(outputs: unknown): Outputs {
  const result = v.safeParse(outputsSchema, outputs)
  if (!result.success) {
    throw new ProvisionFailure(
      'Terraform reported success, but the connection details are incomplete',
      `output ${wrongIn(result.issues[0], 'of the stack')}`,
      { advice: tellOperators },
    )
  }
  const { hostname, reader_hostname, port, password, engine_version } = result.output
  return {
    hostname: hostname.value,
    port: port.value,
    password: password.value,
    engineVersion: engine_version.value,
    ...(reader_hostname === undefined ? {} : { readerHostname: reader_hostname.value }),
  }
}
