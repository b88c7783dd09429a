import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import { attributePath, diagnosticOf, wireDiagnostic } from './diagnostics.ts'
import type { Provider, Resource } from './provider.ts'
import { conform, wireSchema } from './schema.ts'
import { type DynamicValue, decodeValue, encodeValue, type ObjectValue } from './values.ts'

type Answer = { diagnostics?: object[] } & Record<string, unknown>
type Call = (request: Request) => Answer | Promise<Answer>

/** The fields of all requests; each call gets the ones of its own message. */
interface Request {
  type_name: string
  config: DynamicValue | null
  version: number
  raw_state: { json: Uint8Array } | null
  current_state: DynamicValue | null
  prior_state: DynamicValue | null
  proposed_new_state: DynamicValue | null
  planned_state: DynamicValue | null
  id: string
}

/** The calls of `tfplugin6.Provider`, answered by `provider`. */
export function providerService(provider: Provider): UntypedServiceImplementation {
  const resourceOf = ({ type_name }: Request): Resource => {
    const resource = provider.resources[type_name]
    if (!resource) throw new Error(`This provider does not offer the resource type ${type_name}.`)
    return resource
  }

  return rpcs({
    GetProviderSchema: () => ({
      provider: wireSchema(provider.schema),
      resource_schemas: Object.fromEntries(
        Object.entries(provider.resources).map(([name, { schema }]) => [name, wireSchema(schema)]),
      ),
      server_capabilities: { get_provider_schema_optional: true },
    }),

    ValidateProviderConfig: () => ({}),

    ValidateResourceConfig: (request) => ({
      diagnostics: resourceOf(request).validate(present(request.config)).map(wireDiagnostic),
    }),

    UpgradeResourceState: (request) => {
      const resource = resourceOf(request)
      const json = Buffer.from(request.raw_state?.json ?? []).toString()
      const state = resource.upgrade(request.version, JSON.parse(json || '{}') as ObjectValue)
      return { upgraded_state: encodeValue(conform(resource.schema.block, state)) }
    },

    ConfigureProvider: (request) => {
      provider.configure(present(request.config))
      return {}
    },

    ReadResource: async (request) => ({
      new_state: encodeValue(await resourceOf(request).read(present(request.current_state))),
    }),

    PlanResourceChange: (request) => {
      const proposed = decodeValue(request.proposed_new_state)
      if (!proposed) return { planned_state: encodeValue(null) }
      const { planned, requiresReplace } = resourceOf(request).plan({
        prior: decodeValue(request.prior_state),
        proposed,
        config: present(request.config),
      })
      return {
        planned_state: encodeValue(planned),
        requires_replace: requiresReplace.map(attributePath),
        legacy_type_system: true,
      }
    },

    ApplyResourceChange: async (request) => {
      const { state, error } = await resourceOf(request).apply({
        prior: decodeValue(request.prior_state),
        planned: decodeValue(request.planned_state),
        config: decodeValue(request.config),
      })
      return {
        new_state: encodeValue(state),
        diagnostics: error ? [wireDiagnostic(diagnosticOf(error))] : [],
        // The real provider is made with the older SDK and may change values of its own accord (an id to
        // lower case, say). Terraform allows that with this flag only.
        legacy_type_system: true,
      }
    },

    ImportResourceState: (request) => {
      const resource = resourceOf(request)
      const state = conform(resource.schema.block, resource.import(request.id))
      return { imported_resources: [{ type_name: request.type_name, state: encodeValue(state) }] }
    },

    StopProvider: () => {
      provider.stop()
      return {}
    },
  })
}

/** Every failure is a diagnostic: a gRPC error would show up as a crash of the plugin. */
function rpcs(calls: Record<string, Call>): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      async ({ request }: { request: Request }, callback: (error: null, answer: Answer) => void) => {
        try {
          callback(null, await call(request))
        } catch (error) {
          callback(null, { diagnostics: [wireDiagnostic(diagnosticOf(error))] })
        }
      },
    ]),
  )
}

function present(value: DynamicValue | null): ObjectValue {
  return decodeValue(value) ?? {}
}
