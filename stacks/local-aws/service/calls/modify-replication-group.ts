import { rotateAuthToken, setAuthToken } from '../auth-token.ts'
import { readBehaviour } from '../behaviour.ts'
import { engineVersionOf } from '../engine-versions.ts'
import { Fault } from '../faults.ts'
import { deliveredLogs } from '../log-delivery.ts'
import type { GroupRecord } from '../records.ts'
import { changeGroup, requireAvailable, type Service, startModification } from '../service.ts'
import { checkSettings, refuseNotOffered, upgraded } from '../settings.ts'
import type { ModifiableSettings, ModifyReplicationGroupRequest } from '../types.ts'

/** These wait for the maintenance window unless they are to be applied at once. */
const DISRUPTIVE = ['cacheNodeType', 'engineVersion', 'cacheParameterGroupName'] as const

const MODIFIABLE: (keyof ModifiableSettings)[] = [
  ...DISRUPTIVE,
  'replicationGroupDescription',
  'automaticFailoverEnabled',
  'multiAZEnabled',
  'autoMinorVersionUpgrade',
  'securityGroupIds',
  'snapshotRetentionLimit',
  'snapshotWindow',
  'preferredMaintenanceWindow',
  'notificationTopicArn',
  'logDeliveryConfigurations',
  'ipDiscovery',
]

export async function modifyReplicationGroup(
  service: Service,
  request: ModifyReplicationGroupRequest,
): Promise<void> {
  const { modificationMilliseconds } = readBehaviour(service.database)
  await changeGroup(service, request.replicationGroupId.toLowerCase(), (group) => {
    requireAvailable(group)
    refuseOtherChanges(group, request)
    const changes = requestedSettings(request, group.settings)
    const ofToken = request.authToken !== undefined || request.authTokenUpdateStrategy !== undefined
    if (!ofToken && Object.keys(changes).length === 0) {
      throw new Fault('InvalidParameterCombination', 'No modifications were requested')
    }
    startModification(group, modificationMilliseconds)
    changeSettings(service, group, changes, request.applyImmediately)
    changeAuthToken(group, request)
  })
}

function requestedSettings(
  request: ModifyReplicationGroupRequest,
  before: ModifiableSettings,
): Partial<ModifiableSettings> {
  const given = MODIFIABLE.filter((name) => request[name] !== undefined)
  const changes: Partial<ModifiableSettings> = Object.fromEntries(given.map((name) => [name, request[name]]))
  const { logDeliveryConfigurations: logs } = request
  if (logs) changes.logDeliveryConfigurations = deliveredLogs(before.logDeliveryConfigurations, logs)
  return changes
}

function changeSettings(
  { database }: Service,
  group: GroupRecord,
  changes: Partial<ModifiableSettings>,
  immediately: boolean,
): void {
  const all = { ...group.pending, ...changes }
  const next = upgraded(database, group.settings, all)
  if (all.preferredMaintenanceWindow)
    next.preferredMaintenanceWindow = all.preferredMaintenanceWindow.toLowerCase()
  checkSettings(database, next, group.nodes.length)
  if (immediately) {
    group.settings = next
    group.pending = {}
    return
  }
  for (const name of DISRUPTIVE) {
    if (next[name] !== group.settings[name]) group.pending[name] = next[name]
    next[name] = group.settings[name]
  }
  group.settings = next
}

function changeAuthToken(group: GroupRecord, request: ModifyReplicationGroupRequest): void {
  const { authToken, authTokenUpdateStrategy: strategy = 'ROTATE', applyImmediately } = request
  if (authToken === undefined) {
    if (request.authTokenUpdateStrategy === undefined) return
    throw new Fault('InvalidParameterCombination', 'AuthTokenUpdateStrategy must come with an AuthToken.')
  }
  if (!group.transitEncryptionEnabled) {
    throw new Fault('InvalidParameterCombination', 'An AuthToken requires encryption in transit.')
  }
  if (!applyImmediately) {
    throw new Fault('InvalidParameterCombination', 'An AuthToken can only be changed immediately.')
  }
  if (strategy !== 'ROTATE' && strategy !== 'SET') {
    throw new Fault(
      'InvalidParameterValue',
      `AuthTokenUpdateStrategy ${strategy} does not go with an AuthToken.`,
    )
  }
  group.authTokenChangedAt = Date.now()
  const update = strategy === 'ROTATE' ? rotateAuthToken : setAuthToken
  group.authTokenHashes = update(group.authTokenHashes, authToken)
  group.authTokenStatus = strategy === 'ROTATE' ? 'ROTATING' : 'SETTING'
}

function refuseOtherChanges(group: GroupRecord, request: ModifyReplicationGroupRequest): void {
  const { transitEncryptionEnabled = group.transitEncryptionEnabled } = request
  checkEngine(group, request)
  refuseNotOffered([
    [(request.clusterMode ?? 'disabled') !== 'disabled', 'cluster mode'],
    [transitEncryptionEnabled !== group.transitEncryptionEnabled, 'a later change of encryption in transit'],
    [(request.transitEncryptionMode ?? 'required') !== 'required', 'optional encryption in transit'],
    [(request.userGroupIdsToAdd ?? []).length > 0, 'user groups'],
  ])
}

/** Redis becomes Valkey with a version of Valkey's; Valkey never becomes Redis again. */
function checkEngine(
  { settings }: GroupRecord,
  { engine, engineVersion }: ModifyReplicationGroupRequest,
): void {
  const before = engineVersionOf(settings.engineVersion).engine
  const after = engineVersionOf(engineVersion ?? settings.engineVersion, engine ?? before).engine
  if (before === 'valkey' && after === 'redis') {
    throw new Fault('InvalidParameterCombination', 'Cannot change the engine from valkey to redis.')
  }
}
