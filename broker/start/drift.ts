import { join } from 'node:path'
import { Baselines } from '../drift/baselines.ts'
import { BulkLook } from '../drift/bulk-look.ts'
import { CheckProvider } from '../drift/check-provider.ts'
import { CheckQueue } from '../drift/check-queue.ts'
import { Checker } from '../drift/checker.ts'
import { Drift } from '../drift/drift.ts'
import { Fingerprints } from '../drift/fingerprints.ts'
import { Inspector } from '../drift/inspector.ts'
import type { DriftRecords } from '../drift/records.ts'
import type { Checked } from '../drift/report.ts'
import { SweepSchedule } from '../drift/schedule.ts'
import { Sweeper } from '../drift/sweep.ts'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import type { Naming } from '../provisioner/naming.ts'
import type { StackSpecs } from '../provisioner/stack-specs.ts'
import type { Opened } from './open.ts'

/** The rooms that drift builds on. */
interface Below {
  naming: Naming
  specs: StackSpecs
  instances: Instances
  operations: Operations
  records: DriftRecords
  readBack: ReadBack
}

interface Listeners {
  /** Called after each check by a plan. */
  checked(instance: Instance, check: Checked): void
  /** Told how many instances were found clean without a plan. */
  looked(count: number): void
}

/** Gives each part of drift what it works with. Nothing is opened, and nothing runs. */
export function putDriftTogether(opened: Opened, below: Below, { checked, looked }: Listeners): Drift {
  const { settings, log, keyRing, states, platform, jobs } = opened
  const { naming, specs, instances, operations, records, readBack } = below
  const { DATA_DIR: dataDirectory, DRIFT_AT_ONCE: atOnce } = settings
  const { DRIFT_FULL_PLAN_DAYS: fullPlanDays, DRIFT_HISTORY_DAYS: historyDays } = settings

  const inspector = new Inspector({ dataDirectory, naming, specs, platform, states, keyRing })
  const fingerprints = new Fingerprints(specs, join(dataDirectory, 'drift', 'rendered'))
  const baselines = new Baselines(fingerprints, states)
  const provider = new CheckProvider(
    settings.DRIFT_SHARED_PROVIDER ? () => inspector.sharedProvider() : undefined,
  )
  const checks = new CheckQueue(jobs)
  const checker = new Checker({ operations, inspector, baselines, provider, records, readBack, checked, log })
  const look = new BulkLook({
    operations,
    records,
    platform,
    states,
    naming,
    fingerprints,
    fullPlanDays,
    log,
  })
  return new Drift({
    inspector,
    fingerprints,
    baselines,
    provider,
    checker,
    checks,
    sweeper: new Sweeper({ look, looked, checks, provider, atOnce }),
    schedule: new SweepSchedule(jobs, settings.DRIFT_SCHEDULE),
    instances,
    records,
    atOnce,
    historyDays,
    log,
  })
}
