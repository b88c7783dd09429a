import type { Plan } from '../catalog/plans.ts'
import type { Instance } from '../instances/instance.ts'
import { engineOf, isDowngrade, nameOf } from '../model/engine-versions.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'
import type { SnapshotStep } from '../model/operation.ts'
import type { Restorable, RestoreRequest, ShownSnapshot } from '../model/snapshots.ts'
import { utc } from '../text/utc.ts'
import { OsbError } from './errors.ts'

/** For all calls of AWS together: the platform waits for the answer meanwhile. */
const timeoutMs = 20_000

/** Snapshots as AWS tells them. */
export interface Snapshots {
  /** Of an instance, newest first. */
  of(instance: Instance, signal?: AbortSignal): Promise<ShownSnapshot[]>
  /** Those that fit a request and that are of this organization and space, newest first. */
  matching(
    request: RestoreRequest,
    place: Pick<Instance, 'organizationGuid' | 'spaceGuid'>,
    signal?: AbortSignal,
  ): Promise<Restorable[]>
}

/** @throws OsbError unless AWS could take or delete this snapshot of an instance now */
export async function checkSnapshotStep(
  snapshots: Snapshots,
  instance: Instance,
  { step, name }: SnapshotStep,
): Promise<void> {
  const all = await inTime((signal) => snapshots.of(instance, signal))
  const found = all.find((one) => one.name === name)
  if (step === 'create') {
    if (found && found.status !== 'failed') throw new OsbError('snapshotExists', name)
    return
  }
  if (found?.automatic) throw new OsbError('automaticSnapshot', name)
  const deletable = all.filter(({ automatic }) => !automatic).map((one) => one.name)
  if (!found) throw new OsbError('unknownSnapshot', name, deletable.join(', '))
}

/**
 * The snapshot that a new instance is to start from.
 * @param wanted the instance as it is asked for
 * @param hasVersion whether its version was asked for: otherwise that of the snapshot goes before the plan's default
 * @returns the parameters with it
 * @throws OsbError when there is none, or when AWS could not restore it so
 */
export async function restored(
  snapshots: Snapshots,
  request: RestoreRequest,
  wanted: Instance,
  plan: Plan,
  hasVersion: boolean,
): Promise<InstanceParameters> {
  const [found, other] = await inTime((signal) => snapshots.matching(request, wanted, signal))
  if (!found)
    throw new OsbError('noSuchSnapshot', 'snapshot' in request ? request.snapshot : request.latestOf)
  if (other) throw new OsbError('severalSnapshots', found.name)
  const engineVersion = hasVersion ? wanted.parameters.engineVersion : usualVersion(found, wanted, plan)
  const { version } = found
  if (!version || isDowngrade(version, engineVersion)) {
    const of = version ? nameOf(version) : 'a version that this broker does not know'
    throw new OsbError('snapshotTooNew', found.name, of, nameOf(engineVersion))
  }
  if (found.dataTiering && !plan.dataTiering) throw new OsbError('snapshotTiered', found.name, plan.name)
  const room = roomOf(plan)
  if (room !== undefined && (found.megabytes ?? 0) > room) {
    throw new OsbError('snapshotTooLarge', found.name, found.megabytes ?? 0, plan.name, Math.floor(room))
  }
  const { snapshot, name, takenAt } = found
  return { ...wanted.parameters, engineVersion, restoredFrom: { request, snapshot, name, takenAt } }
}

async function inTime<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await ask(signal)
  } catch (error) {
    if (signal.aborted) throw new OsbError('tooLate')
    throw error
  }
}

/** The snapshot's own version where the plan offers it, or else the lowest one above it of the same engine. */
function usualVersion({ version }: Restorable, { parameters }: Instance, { engineVersions }: Plan) {
  const above = engineVersions
    .filter((one) => version && !isDowngrade(version, one) && engineOf(one) === engineOf(version))
    .toSorted((one, other) => (isDowngrade(other, one) ? -1 : 1))
  return above[0] ?? parameters.engineVersion
}

/** Megabytes for data; undefined where the plan does not say its memory in megabytes or gigabytes. */
function roomOf({ memory }: Plan): number | undefined {
  const [, number, unit] = /^([\d.]+) ?([MG])B$/.exec(memory) ?? []
  // AWS keeps a quarter.
  return number === undefined ? undefined : Number(number) * (unit === 'G' ? 1024 : 1) * 0.75
}

export function snapshotSentence({ step, name }: SnapshotStep): string {
  return step === 'create'
    ? `The snapshot ${name} is there: cf service --params shows it.`
    : `The snapshot ${name} is deleted.`
}

/** The part of `cf service --params` about where an instance comes from. */
export function shownOrigin({ restoredFrom }: InstanceParameters) {
  return restoredFrom ? { restoredFrom: `${restoredFrom.name} of ${utc(restoredFrom.takenAt)}` } : {}
}
