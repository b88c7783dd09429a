import { Adoption } from '../adoption/adoption.ts'
import { InstanceList } from '../drift/instance-list.ts'
import { DriftRecords } from '../drift/records.ts'
import { DriftWebhook } from '../drift/webhook.ts'
import { Bindings } from '../instances/bindings.ts'
import { Instances } from '../instances/instances.ts'
import { AttemptRunner } from '../operations/attempt-runner.ts'
import { Attempts } from '../operations/attempts.ts'
import { ChangesAtRest } from '../operations/changes-at-rest.ts'
import { Operations } from '../operations/operations.ts'
import { Pause } from '../operations/pause.ts'
import { ReadBack } from '../operations/read-back.ts'
import { OperationRequests } from '../operations/requests.ts'
import { StoredOutputs } from '../operations/stored-outputs.ts'
import { Upkeep } from '../operations/upkeep.ts'
import { OperationWorker } from '../operations/worker.ts'
import { Metrics } from '../operator/metrics.ts'
import { Orphans } from '../orphans/orphans.ts'
import { CdktfProvisioner } from '../provisioner/cdktf-provisioner.ts'
import { removeExpired } from '../provisioner/kept-snapshots.ts'
import { namingOf } from '../provisioner/naming.ts'
import { SoleAccess } from '../provisioner/sole-access.ts'
import { StackSpecs } from '../provisioner/stack-specs.ts'
import { putDriftTogether } from './drift.ts'
import type { Opened } from './open.ts'

export type Rooms = ReturnType<typeof putTogether>

/** Gives each room what it works with. Nothing is done here: nothing is opened, and nothing runs. */
export function putTogether(opened: Opened) {
  const { settings, log, catalog, keyRing, database, backend, states, platform, jobs, queue } = opened
  const { db } = database
  const naming = namingOf(settings)
  const specs = new StackSpecs({ settings, catalog, naming, states })

  const instances = new Instances(db)
  const bindings = new Bindings(db)
  const operations = new Operations(db)
  const changes = new ChangesAtRest(db)
  const attempts = new Attempts(db, keyRing)
  const webhook = new DriftWebhook({ settings, jobs, log })
  const records = new DriftRecords(db, (tx, instance, check) => webhook.announce(tx, instance, check))
  const pause = new Pause(db)
  const list = new InstanceList(db)
  const metrics = new Metrics({ list, operations, pause })
  const requests = new OperationRequests(db, queue.enqueue, settings.OPERATIONS_QUEUED_PER_ORGANIZATION)

  const storedOutputs = new StoredOutputs({ instances, changes, states, keyRing, log })
  backend.onOperatorWrite((stack) => storedOutputs.refreshStack(stack))

  const dataDirectory = settings.DATA_DIR
  const { provider } = platform
  const provisioner = new CdktfProvisioner({
    access: new SoleAccess({ dataDirectory, specs, provider, states, keyRing, log }),
    naming,
    specs,
    platform,
    states,
    catalog,
    finalSnapshotDays: settings.FINAL_SNAPSHOT_DAYS,
    log,
  })
  const readBack = new ReadBack({ operations, changes, provisioner, catalog, keyRing, log })
  const below = { naming, specs, instances, operations, records, readBack }
  const drift = putDriftTogether(opened, below, {
    checked(instance, check) {
      metrics.checked(check)
      storedOutputs.refresh(instance)
    },
    looked: (count) => metrics.looked(count),
  })
  const adoption = new Adoption({ instances, requests, platform, states, naming, drift })
  const orphans = new Orphans({ operations, platform, naming, log })

  const logDays = settings.OPERATION_LOG_DAYS
  const upkeep = new Upkeep({
    operations,
    queue,
    provisioner,
    readBack,
    removeExpired: (signal) => removeExpired({ naming, platform, log }, signal),
    logDays,
    log,
  })
  const deployed: typeof drift.deployed = (instance) => drift.deployed(instance)
  const runner = new AttemptRunner({ attempts, queue, provisioner, upkeep, deployed, log })
  const worker = new OperationWorker(queue, runner)

  return {
    naming,
    specs,
    instances,
    bindings,
    operations,
    changes,
    requests,
    records,
    list,
    pause,
    metrics,
    storedOutputs,
    webhook,
    drift,
    adoption,
    orphans,
    upkeep,
    worker,
  }
}
