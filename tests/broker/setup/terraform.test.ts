import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newMachine, terraformSaying, writeScript } from './machine.ts'

const link = 'node_modules/.bin/terraform'
const machineWithoutTerraform = () => newMachine().with('node', 'npm', 'redis-server')
const pinned = `#!/bin/sh\n${terraformSaying('1.16.4')}\n`

test('the Terraform of the machine is taken when it is 1.9 or newer, and the pinned one only until then', () => {
  const machine = machineWithoutTerraform()
  writeScript(machine.release, pinned)
  machine.withScript('terraform', terraformSaying('1.9.0')).setup()
  expect(existsSync(machine.file('broker/setup/terraform/node_modules'))).toBe(false)

  for (const [version, recent] of [
    ['0.15.5', false],
    ['1.8.5', false],
    ['1.12.0-beta1', true],
    ['1.9.8', true],
    ['2.0.0', true],
  ] as const) {
    const { exitCode } = machine.withScript('terraform', terraformSaying(version)).setup()
    expect({ version, exitCode, recent: !existsSync(machine.file(link)) }).toEqual({
      version,
      exitCode: 0,
      recent,
    })
  }
})

test('without any, the pinned one is downloaded once, where the npm scripts find it', () => {
  const machine = machineWithoutTerraform()
  writeScript(machine.release, pinned)
  expect(machine.setup()).toMatchObject({ exitCode: 0, stderr: '' })
  rmSync(machine.release)

  expect(machine.setup()).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(execFileSync(machine.file(link), { encoding: 'utf8' })).toContain('1.16.4')

  // `npm ci` takes the link away with everything else.
  rmSync(machine.file('node_modules'), { recursive: true })
  expect(machine.setup()).toMatchObject({ exitCode: 0, stderr: '' })
  expect(execFileSync(machine.file(link), { encoding: 'utf8' })).toContain('1.16.4')
})

test('a download that fails or ends halfway is said, and done again', () => {
  const machine = machineWithoutTerraform()
  expect(machine.setup()).toMatchObject({
    exitCode: 1,
    stderr:
      'Terraform 1.9 or newer is missing, and it could not be downloaded from HashiCorp (fetch failed). ' +
      'Install it yourself, so that it is on the PATH.\n',
  })

  writeScript(machine.release, 'half of a Terraform')
  expect(machine.setup().exitCode).toBe(1)

  writeScript(machine.release, pinned)
  expect(machine.setup()).toMatchObject({ exitCode: 0, stderr: '' })
})

test("a user's own settings for Terraform change nothing about the one that is there", () => {
  const settings = {
    TF_CLI_ARGS: '-input=false',
    TF_CLI_ARGS_version: '-input=false',
    TF_DATA_DIR: '/nowhere',
  }
  const strict = (terraform: string) =>
    `test -z "$TF_CLI_ARGS$TF_CLI_ARGS_version$TF_DATA_DIR" && ${terraform}`
  const machine = machineWithoutTerraform().withScript('terraform', strict(terraformSaying('1.11.4')))
  expect(machine.setup('', settings)).toMatchObject({ exitCode: 0, stderr: '' })
  expect(existsSync(machine.file('broker/setup/terraform/node_modules'))).toBe(false)

  const other = machineWithoutTerraform()
  writeScript(other.release, `#!/bin/sh\n${strict(terraformSaying('1.16.4'))}\n`)
  expect(other.setup('', settings)).toMatchObject({ exitCode: 0, stderr: '' })
})
