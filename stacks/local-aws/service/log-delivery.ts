import type { LogDeliveryConfiguration, LogDeliveryRequest } from './types.ts'

/** The logs that are delivered once a request is carried out: a type that it does not name stays as it is. */
export function deliveredLogs(
  before: LogDeliveryConfiguration[],
  requests: LogDeliveryRequest[],
): LogDeliveryConfiguration[] {
  const named = new Set(requests.map(({ logType }) => logType))
  const kept = before.filter(({ logType }) => !named.has(logType))
  const asked = requests.flatMap((request) => {
    if (!request.enabled) return []
    const { enabled: _, ...configuration } = request
    return [configuration]
  })
  return [...kept, ...asked].sort((one, other) => (one.logType < other.logType ? -1 : 1))
}
