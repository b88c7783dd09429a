import type { ObjectValue, Value } from '../../plugin/values.ts'
import type { LogDeliveryRequest, NodeGroupConfiguration } from '../../service/types.ts'

/** Terraform's values as the API takes them. An unset or empty value is left out: undefined. */

export function text(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function integer(value: Value | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

export function flag(value: Value | undefined): boolean | undefined {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'boolean' ? value : undefined
}

export function texts(value: Value | undefined): string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined
}

/** The `log_delivery_configuration` blocks as requests, and an end for each type that has none any more. */
export function logDelivery(prior: Value | undefined, planned: Value | undefined): LogDeliveryRequest[] {
  const blocks = (value: Value | undefined) => (Array.isArray(value) ? (value as ObjectValue[]) : [])
  const asked = blocks(planned).map((configuration) => ({
    destination: String(configuration.destination),
    destinationType: String(configuration.destination_type),
    logFormat: String(configuration.log_format),
    logType: String(configuration.log_type),
    enabled: true as const,
  }))
  const ended = blocks(prior)
    .map((configuration) => String(configuration.log_type))
    .filter((type) => !asked.some(({ logType }) => logType === type))
  return [...asked, ...ended.map((logType) => ({ logType, enabled: false as const }))]
}

/** The `node_group_configuration` blocks as a request. */
export function nodeGroups(value: Value | undefined) {
  const blocks = Array.isArray(value) ? (value as ObjectValue[]) : []
  const configurations = blocks.map(
    (block): NodeGroupConfiguration =>
      given({
        slots: text(block.slots),
        primaryAvailabilityZone: text(block.primary_availability_zone),
        replicaAvailabilityZones: texts(block.replica_availability_zones),
        primaryOutpostArn: text(block.primary_outpost_arn),
        replicaOutpostArns: texts(block.replica_outpost_arns),
      }),
  )
  return { count: blocks.length || undefined, replicas: integer(blocks[0]?.replica_count), configurations }
}

/** Drops what is undefined, so that "not given" and "given as undefined" are one. */
export function given<T extends object>(request: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as never
}
