import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Bindings } from '../instances/bindings.ts'
import type { Instance } from '../instances/instance.ts'
import type { InstanceContext } from '../model/instance-context.ts'
import type { ChangesAtRest } from '../operations/changes-at-rest.ts'
import type { Operations } from '../operations/operations.ts'
import type { Pause } from '../operations/pause.ts'
import type { OperationRequests } from '../operations/requests.ts'
import type { Snapshots } from './snapshots.ts'

/** All that the verbs of the API work with. */
export interface Osb {
  catalog: Catalog
  operations: Operations
  requests: OperationRequests
  changes: Pick<ChangesAtRest, 'rename'>
  bindings: Bindings
  pause: Pick<Pause, 'current'>
  /** Opens the stored outputs. */
  keyRing: KeyRing
  /** Brings new names to where operators see them, as far as that is possible now. */
  retag(instance: Instance, context: InstanceContext): Promise<void>
  snapshots: Snapshots
  /** Goes into credentials where clients need it. */
  caCertificate: string | undefined
}
