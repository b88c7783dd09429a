import { access } from './aws/identity.ts'
import { securityGroups, subnetGroup } from './aws/network.ts'
import { quotas } from './aws/quotas.ts'
import { rights } from './aws/rights.ts'
import { certificate } from './certificate.ts'
import type { Check } from './check.ts'
import { clock } from './clock.ts'
import { database } from './database.ts'
import { keyRing } from './key-ring.ts'
import { dataDirectory, node, redisServer } from './machine.ts'
import { dangerousSettings } from './settings.ts'
import { stateAddress, states } from './states.ts'
import { provider, terraform } from './terraform.ts'

/** From the outside in, as they are told. */
export const checks: Check[] = [
  dangerousSettings,
  node,
  dataDirectory,
  redisServer,
  terraform,
  provider,
  access,
  clock,
  rights,
  subnetGroup,
  securityGroups,
  quotas,
  database,
  keyRing,
  states,
  stateAddress,
  certificate,
]
