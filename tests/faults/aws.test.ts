import { afterEach } from 'vitest'
import { sharedBroker } from '../support/shared-broker.ts'
import { byItself } from './aws/by-itself.ts'
import { leftGroups } from './aws/left-groups.ts'
import { partlyTaken } from './aws/partly-taken.ts'
import { refusals } from './aws/refusals.ts'

const broker = sharedBroker({ DRIFT_SCHEDULE: 'off' })
afterEach(() => broker().aws((aws) => aws.setBehaviour({})))

byItself(broker)
leftGroups(broker)
partlyTaken(broker)
refusals(broker)
