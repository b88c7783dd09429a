import { expect, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { type Instance, newInstance } from '../../../broker/instances/instance.ts'
import type { OperationTarget } from '../../../broker/model/operation.ts'
import { namingOf } from '../../../broker/provisioner/naming.ts'
import { StackSpecs } from '../../../broker/provisioner/stack-specs.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { plans } from '../../support/broker.ts'
import { anyTarget } from '../../support/target.ts'

const settings = readSettings({})
const specs = new StackSpecs({
  settings,
  naming: namingOf(settings),
  catalog: loadCatalog(settings),
  states: { location: () => ({ type: 'http', address: 'http://127.0.0.1/state' }) as const },
})

function specOf(more: Partial<OperationTarget>, changed: Partial<Instance> = {}) {
  const target = { ...anyTarget, planId: plans['redis-dev'], ...more }
  const given = { id: 'i', serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
  return specs.of({ ...newInstance(given, target), ...changed }, target)
}

const request = { snapshot: 'monday' }
const restoredFrom = { request, snapshot: 'cf-i-monday', name: 'monday', takenAt: anyTarget.updatedAt }
const parameters = { engineVersion: '6.2' as const, restoredFrom }

test('a creation starts from its snapshot', () => {
  expect(specOf({ parameters })).toMatchObject({ snapshotName: 'cf-i-monday' })
})

test('a Redis that is there is not made anew for the snapshot that it came from', () => {
  expect(specOf({ parameters }, { outputs: new Uint8Array() })).not.toHaveProperty('snapshotName')
})

test('one that is made anew after it was gone is empty', () => {
  expect(specOf({ parameters, createAnew: true })).not.toHaveProperty('snapshotName')
})

test('a parameter that is empty is left to AWS, which takes no empty values', () => {
  const tuning = { notifyKeyspaceEvents: '', timeout: 20 }
  const { parameterGroup } = specOf({ parameters: { engineVersion: '6.2', tuning } })
  expect(parameterGroup).toEqual({ family: 'redis6.x', values: { timeout: '20' } })
})

test('an instance whose plan is no longer there has no stack, and it is told what to do', () => {
  expect(() => specOf({ planId: 'gone' })).toThrow('The plan gone of instance i is no longer in the catalog')
})
