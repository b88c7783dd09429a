import { expect, test } from 'vitest'
import { deploy } from '../../../broker/provisioner/deploy.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { anyInstance } from '../../support/records.ts'

const configuration = { resource: { aws_group: { redis: { nodes: 3 } } } }

const stateWith = (nodes: number) =>
  ({
    outputs: {},
    resources: [
      { mode: 'managed', type: 'aws_group', name: 'redis', instances: [{ attributes: { nodes } }] },
    ],
  }) as unknown as TerraformState

const run = { aborted: false, killed: false, missing: false }

/** A deploy. @param states as each run of cdktf leaves them @param plans the ends of the plans that follow */
async function deployed(states: number[], plans: { exitCode?: number; aborted?: boolean }[], fails = false) {
  const done: string[] = []
  const left = [...states]
  const terraform = {
    configuration: () => configuration,
    cdktf: async (command: string) => {
      done.push(command)
      return { ...run, ok: !fails, output: 'what cdktf said' }
    },
    terraform: async (command: string) => {
      done.push(command)
      const { exitCode, aborted = false } = plans.shift() ?? {}
      return { ...run, ok: exitCode === 0, exitCode, aborted, output: 'what the plan said' }
    },
  }
  const read = async () => stateWith(left.shift() ?? 0)
  const result = deploy({ read }, anyInstance('one'), terraform)
  return result.then(
    (state) => ({ done, state }),
    ({ message, detail, transient }) => ({ done, message, detail, transient }),
  )
}

test('a deploy whose state has all that the stack says is done', async () => {
  expect(await deployed([3], [])).toEqual({ done: ['deploy'], state: stateWith(3) })
})

test('one that says it in other words is done when a plan finds nothing', async () => {
  expect(await deployed([0], [{ exitCode: 0 }])).toMatchObject({ done: ['deploy', 'plan'] })
})

test('what a plan still finds is deployed in a second pass, whose state counts', async () => {
  expect(await deployed([2, 3], [{ exitCode: 2 }])).toEqual({
    done: ['deploy', 'plan', 'deploy'],
    state: stateWith(3),
  })
  expect(await deployed([2, 0], [{ exitCode: 2 }, { exitCode: 0 }])).toEqual({
    done: ['deploy', 'plan', 'deploy', 'plan'],
    state: stateWith(0),
  })
})

test.each([
  ['finds something after two passes', [{ exitCode: 2 }, { exitCode: 2 }]],
  ['can not be made', [{ exitCode: 1 }]],
])('a deploy is not done when the plan %s, and is tried again', async (_, plans) => {
  expect(await deployed([0, 0], plans)).toMatchObject({
    message: 'Terraform ended before everything was done.',
    detail: 'what the plan said',
    transient: true,
  })
})

test('a deploy that fails has failed, whatever the state has', async () => {
  expect(await deployed([3], [], true)).toMatchObject({ done: ['deploy'], message: expect.any(String) })
})
