import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newMachine } from './machine.ts'

const readyMachine = () => newMachine().with('node', 'npm', 'redis-server', 'terraform')
const installed = { exitCode: 0, stdout: 'Installing the npm packages (about a minute) ...\n', stderr: '' }
const nothingToDo = { exitCode: 0, stdout: '', stderr: '' }

test('the packages are installed when they are not what the lock file says, and only then', () => {
  const machine = readyMachine()
  expect(machine.setup()).toEqual(installed)

  const npmWasHere = () => statSync(machine.file('node_modules/.package-lock.json')).mtimeMs
  const before = npmWasHere()
  expect(machine.setup()).toEqual(nothingToDo)
  expect(npmWasHere()).toBe(before)

  appendFileSync(machine.file('package-lock.json'), '\n')
  expect(machine.setup()).toEqual(installed)

  rmSync(machine.file('node_modules/.bin/node'))
  expect(machine.setup()).toEqual(installed)
})

test('the start installs no packages of development, and the tests add them, which are no reason to install again', () => {
  const machine = readyMachine()
  const isThere = () => existsSync(machine.file('node_modules/for-tests/package.json'))
  const forTests = () => machine.setup('', { NODE_ENV: 'production' }, 'test')
  expect(machine.setup()).toEqual(installed)
  expect(isThere()).toBe(false)
  expect(forTests()).toEqual(installed)
  expect(isThere()).toBe(true)
  expect(machine.setup()).toEqual(nothingToDo)
  expect(forTests()).toEqual(nothingToDo)
  expect(isThere()).toBe(true)
})

test('an install that takes long tells how far it is', () => {
  const machine = newMachine().with('node', 'redis-server', 'terraform')
  machine.with('sleep').withScript('npm', 'sleep 17; exit 1')
  expect(machine.setup().stdout).toMatch(/^Installing .*\n {2}1 of 2 packages, 1\d s\n$/)
})

test('an install that fails says so, and is done again even for the lock file of the last good one', () => {
  const machine = readyMachine()
  machine.setup()
  const lock = readFileSync(machine.file('package-lock.json'))

  writeFileSync(machine.file('package-lock.json'), '{}')
  const { exitCode, stderr } = machine.setup()
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^npm err/i)
  expect(stderr).toMatch(
    /\nThe npm packages could not be installed, for the reason that npm gives above\.\n$/,
  )

  writeFileSync(machine.file('package-lock.json'), lock)
  expect(machine.setup()).toEqual(installed)
})

test('packages whose Node does not run here are refused', () => {
  const machine = readyMachine()
  writeFileSync(machine.file('package/node'), '#!/bin/sh\nexit 127\n')
  expect(machine.setup()).toMatchObject({
    exitCode: 1,
    stderr: `The Node 22 package for ${process.platform}-${process.arch} does not run on this machine.\n`,
  })
})
