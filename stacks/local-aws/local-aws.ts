import { type Endpoint, serveEndpoint } from './api/endpoint.ts'
import { type Behaviour, writeBehaviour } from './service/behaviour.ts'
import { takeDailySnapshot } from './service/calls/snapshots.ts'
import { nodeDirectory } from './service/directories.ts'
import { type ElastiCache, openElastiCache } from './service/elasticache.ts'
import { failover, replaceNode } from './service/failover.ts'
import { withInjections } from './service/injection.ts'
import { withLock } from './service/lock.ts'
import { keepBusy, upgradeMinorVersion } from './service/maintenance.ts'
import { listRecords, removeRecord } from './service/named-records.ts'
import { isDefault } from './service/parameter-groups.ts'
import { findGroup, getGroup, listGroups, saveGroup } from './service/records.ts'
import { endRedis } from './service/redis-process.ts'
import { restartNodes } from './service/restart.ts'
import { certificateAuthority } from './service/secrets.ts'
import { changeSnapshot, type Snapshot } from './service/snapshots.ts'
import type { ModifyReplicationGroupRequest, ReplicationGroup, Tags } from './service/types.ts'

/**
 * The stand-in for AWS on this machine, for the program that owns the data directory. Terraform talks to it
 * through the provider plugin; here are the things that a cloud does by itself, and what tests and operators
 * do behind Terraform's back.
 */
export class LocalAws {
  readonly #directory: string
  readonly #elastiCache: ElastiCache

  private constructor(dataDirectory: string, elastiCache: ElastiCache) {
    this.#directory = dataDirectory
    this.#elastiCache = elastiCache
  }

  /** Opens the records, or begins them. */
  static open(dataDirectory: string): LocalAws {
    return new LocalAws(dataDirectory, openElastiCache(dataDirectory))
  }

  /** Starts every node that does not run, as after a reboot, and finishes what was left half done. */
  async start(): Promise<void> {
    await restartNodes(this.#elastiCache.service)
  }

  /** Ends every node process. Records and data stay: `start` brings the nodes back. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes().map(({ directory, address }) => endRedis(directory, address, 'SIGTERM')))
  }

  /**
   * Answers AWS's own protocol on a loopback address, so that whoever works with AWS can work with this one.
   * @param port 0 takes a free one
   */
  serve(port: number): Promise<Endpoint> {
    return serveEndpoint(withInjections(this.#elastiCache, false), port)
  }

  /** Closes the records; the nodes go on. */
  close(): void {
    this.#elastiCache.service.database.close()
  }

  /** PEM. A client has to trust it to connect to any node. */
  async caCertificate(): Promise<string> {
    return (await certificateAuthority(this.#directory)).certificate
  }

  /** One group, or all, as AWS answers. Refusals are `Fault`s. */
  async describeReplicationGroups(id?: string): Promise<ReplicationGroup[]> {
    return this.#elastiCache.describeReplicationGroups(id === undefined ? {} : { replicationGroupId: id })
  }

  /** Of a group's ARN, as AWS answers: refused unless the group is available. */
  async listTags(resourceName: string): Promise<Tags> {
    return this.#elastiCache.listTagsForResource({ resourceName })
  }

  /** All groups with their tags whatever their status: more than AWS tells. For tests and demonstrations. */
  async listReplicationGroups(): Promise<(ReplicationGroup & { tags: Tags })[]> {
    const groups = await this.#elastiCache.describeReplicationGroups({})
    return groups.map((group) => ({
      ...group,
      tags: getGroup(this.#database, group.replicationGroupId).tags,
    }))
  }

  /** As in the AWS console. Refusals are `Fault`s. */
  modifyReplicationGroup(id: string, changes: Partial<ModifyReplicationGroupRequest>): Promise<void> {
    return this.#elastiCache.modifyReplicationGroup({
      applyImmediately: true,
      ...changes,
      replicationGroupId: id,
    })
  }

  deleteReplicationGroup(id: string): Promise<void> {
    return this.#elastiCache.deleteReplicationGroup({ replicationGroupId: id })
  }

  /** The names of those that are not AWS's own. */
  listParameterGroups(): string[] {
    const all = this.#elastiCache.describeParameterGroups({})
    return all.map(({ name }) => name).filter((name) => !isDefault(name))
  }

  /** The names of the log groups and alarms of a region. */
  listCloudWatch(region: string): string[] {
    const kinds = ['log-group', 'alarm'] as const
    return kinds.flatMap((kind) => listRecords(this.#database, kind, region)).map(({ name }) => name)
  }

  deleteAlarm(region: string, name: string): void {
    removeRecord(this.#database, 'alarm', region, name)
  }

  /** As AWS does it once a day by itself, under a name of its own. */
  takeDailySnapshot(id: string, time = new Date()): Promise<void> {
    return takeDailySnapshot(this.#elastiCache.service, id, time)
  }

  createSnapshot(id: string, snapshotName: string): Promise<void> {
    return this.#elastiCache.createSnapshot({ replicationGroupId: id, snapshotName })
  }

  listSnapshots(): Snapshot[] {
    return this.#elastiCache.describeSnapshots({})
  }

  deleteSnapshot(snapshotName: string): Promise<void> {
    return this.#elastiCache.deleteSnapshot({ snapshotName })
  }

  /** Sets tags of a snapshot; others stay. */
  tagSnapshot(snapshotName: string, tags: Tags): void {
    const [snapshot] = this.#elastiCache.describeSnapshots({ snapshotName })
    this.#elastiCache.addTagsToResource({ resourceName: snapshot?.arn ?? '', tags })
  }

  async addTags(id: string, tags: Tags): Promise<void> {
    this.#elastiCache.addTagsToResource({ resourceName: await this.#arn(id), tags })
  }

  async removeTags(id: string, tagKeys: string[]): Promise<void> {
    this.#elastiCache.removeTagsFromResource({ resourceName: await this.#arn(id), tagKeys })
  }

  /** Kills one node (`<group>-002`): from then on it is no member of its group. */
  async killNode(nodeId: string): Promise<void> {
    const { directory, address } = this.#node(nodeId)
    await endRedis(directory, address, 'SIGKILL')
  }

  /** The primary role goes to a replica, with the data; the endpoints lead there. */
  failover(id: string): Promise<void> {
    return failover(this.#elastiCache.service, id)
  }

  /** A new node takes the place of `<group>-002`, under its id, with the data of the primary. */
  replaceNode(nodeId: string): Promise<void> {
    return replaceNode(this.#elastiCache.service, this.#node(nodeId).groupId, nodeId)
  }

  /**
   * The work of AWS in a maintenance window: 6.0 becomes 6.2, and 7.0 becomes 7.1. Answers the new version; undefined
   * when the group has such upgrades off or there is nothing newer.
   */
  upgradeMinorVersion(id: string): Promise<string | undefined> {
    return upgradeMinorVersion(this.#elastiCache.service, id)
  }

  /** A group is `snapshotting`, or `modifying` for a service update, for so long; `finishWaits` ends it. */
  keepBusy(id: string, status: 'snapshotting' | 'modifying', milliseconds: number): Promise<void> {
    return keepBusy(this.#elastiCache.service, id, status, milliseconds)
  }

  /** How slow and unreliable the service is from now on; what is left out is as usual. */
  setBehaviour(behaviour: Partial<Behaviour>): void {
    writeBehaviour(this.#database, behaviour)
  }

  /** Ends the time that groups are busy for, so that a test of a long one is over when it has seen enough. */
  async finishWaits(): Promise<void> {
    for (const { snapshotName } of this.listSnapshots()) {
      changeSnapshot(this.#database, snapshotName, { busyUntil: 0 })
    }
    for (const { id } of listGroups(this.#database)) {
      // With the lock: who starts its nodes at the moment saves the record afterwards.
      await withLock(this.#directory, id, async () => {
        const group = findGroup(this.#database, id)
        if (group) saveGroup(this.#database, { ...group, busyUntil: 0 })
      })
    }
  }

  get #database() {
    return this.#elastiCache.service.database
  }

  #nodes() {
    return listGroups(this.#database).flatMap((group) =>
      group.nodes.map((node) => ({
        ...node,
        groupId: group.id,
        directory: nodeDirectory(this.#directory, group.id, node.id),
      })),
    )
  }

  #node(nodeId: string) {
    const node = this.#nodes().find(({ id }) => id === nodeId)
    if (!node) throw new Error(`There is no node ${nodeId}.`)
    return node
  }

  async #arn(id: string): Promise<string> {
    const [group] = await this.#elastiCache.describeReplicationGroups({ replicationGroupId: id })
    return group?.arn ?? ''
  }
}
