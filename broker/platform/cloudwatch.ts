import type { CloudWatchClient, CloudWatchClientConfig } from '@aws-sdk/client-cloudwatch'
import type { CloudWatchLogsClient, CloudWatchLogsClientConfig } from '@aws-sdk/client-cloudwatch-logs'

/** CloudWatch's clients: neither is loaded before an instance has logs or alarms. */
export class CloudWatch {
  readonly #access: CloudWatchClientConfig & CloudWatchLogsClientConfig
  #logs: CloudWatchLogsClient | undefined
  #alarms: CloudWatchClient | undefined

  /** @param access as `awsClient` makes it */
  constructor(access: object) {
    this.#access = access
  }

  async logs(): Promise<CloudWatchLogsClient> {
    const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs')
    this.#logs ??= new CloudWatchLogsClient(this.#access)
    return this.#logs
  }

  async alarms(): Promise<CloudWatchClient> {
    const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch')
    this.#alarms ??= new CloudWatchClient(this.#access)
    return this.#alarms
  }

  destroy(): void {
    this.#logs?.destroy()
    this.#alarms?.destroy()
  }
}
