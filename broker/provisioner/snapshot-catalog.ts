import { type Instance, stackName } from '../instances/instance.ts'
import { versionOf } from '../model/engine-versions.ts'
import type { Restorable, RestoreRequest, ShownSnapshot } from '../model/snapshots.ts'
import { isTagValue } from '../model/tag-value.ts'
import type { Snapshot } from '../platform/platform.ts'
import { brokerTags, replicationGroupId, spaceTags } from './naming.ts'
import { hasTags } from './replication-group.ts'
import { namesOf, shownName } from './snapshot-names.ts'
import type { SnapshotsContext } from './snapshots.ts'

type Place = Pick<Instance, 'organizationGuid' | 'spaceGuid'>

/** The snapshots that can be restored, as AWS tells them. */
export class SnapshotCatalog {
  readonly #context: SnapshotsContext

  constructor(context: SnapshotsContext) {
    this.#context = context
  }

  /** Of an instance, newest first. */
  async of(instance: Instance, signal?: AbortSignal): Promise<ShownSnapshot[]> {
    const { naming, platform } = this.#context
    const { shown } = namesOf(naming, instance.stack)
    const all = await platform.snapshots({ groupId: replicationGroupId(naming, instance) }, signal)
    return all.toSorted(newestFirst).map((snapshot) => ({
      name: shown(snapshot),
      takenAt: snapshot.takenAt,
      ...(snapshot.megabytes === undefined ? {} : { megabytes: snapshot.megabytes }),
      automatic: snapshot.automated,
      status: snapshot.status,
    }))
  }

  /**
   * Those that fit a request, newest first: only of the organization and space, as their tags prove. The newest of an
   * instance is one; a name may be that of several.
   */
  async matching(request: RestoreRequest, place: Place, signal?: AbortSignal): Promise<Restorable[]> {
    const { naming, platform } = this.#context
    // A value that is no tag's could be another place's, too.
    if (!isTagValue(place.organizationGuid) || !isTagValue(place.spaceGuid)) return []
    const wanted = { ...brokerTags(naming), ...spaceTags(place) }
    const found: Restorable[] = []
    for (const snapshot of (await this.#named(request, signal)).toSorted(newestFirst)) {
      const tags = snapshot.status === 'available' && (await platform.tags(snapshot, signal))
      if (!tags || !hasTags(tags, wanted)) continue
      found.push({
        snapshot: snapshot.name,
        name: shownName(naming, snapshot) ?? snapshot.name,
        takenAt: snapshot.takenAt,
        ...(snapshot.megabytes === undefined ? {} : { megabytes: snapshot.megabytes }),
        dataTiering: snapshot.dataTiering,
        version: versionOf(snapshot.engineVersion),
      })
      if ('latestOf' in request) break
    }
    return found
  }

  async #named(request: RestoreRequest, signal?: AbortSignal): Promise<Snapshot[]> {
    const { naming, platform } = this.#context
    if ('snapshot' in request) {
      // AWS's own names, and those of operators.
      const exact = await platform.snapshots({ name: request.snapshot }, signal)
      if (exact.length > 0) return exact
      const manual = await platform.snapshots({ automated: false }, signal)
      return manual.filter((one) => shownName(naming, one) === request.snapshot)
    }
    const stack = stackName(request.latestOf)
    const { isOwn } = namesOf(naming, stack)
    const groupId = naming.prefix + stack
    const manual = (await platform.snapshots({ automated: false }, signal)).filter(isOwn)
    const automated = await platform.snapshots({ groupId, automated: true }, signal)
    const { before } = request
    return [...manual, ...automated].filter(
      ({ takenAt }) => before === undefined || Date.parse(takenAt) < Date.parse(before),
    )
  }
}

const newestFirst = (one: Snapshot, other: Snapshot) => Date.parse(other.takenAt) - Date.parse(one.takenAt)
