import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

const realSetup = resolve(import.meta.dirname, '../../../broker/setup')

/**
 * Somebody else's machine: a PATH with only the programs that are put on it, an empty home, and a clone of a small
 * project with this project's setup. The packages lie in that project itself, so that `npm ci` is the real one and
 * needs no network. What comes from HashiCorp on a real machine comes from the file `release`.
 */
export function newMachine() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'machine-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const project = join(root, 'project')
  const bin = join(root, 'bin')
  for (const directory of [bin, join(root, 'home')]) mkdirSync(directory)

  cpSync(realSetup, join(project, 'broker/setup'), {
    recursive: true,
    filter: (source) => !source.endsWith('node_modules'),
  })
  addNodePackage(project)
  addTerraformPackage(join(project, 'broker/setup/terraform'), join(root, 'release'))

  const machine = {
    /** The path of a file of the project. */
    file: (name: string) => join(project, name),
    /** The path of what HashiCorp offers for download. There is nothing at first. */
    release: join(root, 'release'),

    /** Puts programs of the machine that runs the tests on the PATH. */
    with(...names: string[]) {
      for (const name of names) symlinkSync(programHere(name), join(bin, name))
      return machine
    },
    /** Puts a shell script on the PATH that stands for a program of another machine. */
    withScript(name: string, script: string) {
      writeScript(join(bin, name), `#!/bin/sh\n${script}\n`)
      return machine
    },

    /**
     * Runs the setup. `before` is JavaScript that tells it of another user or another Node; `words` are `test` for
     * what the tests need.
     */
    setup(before = '', environment: Record<string, string> = {}, ...words: string[]) {
      const preload = `data:text/javascript,${encodeURIComponent(before)}`
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', preload, 'broker/setup/main.mjs', ...words],
        { cwd: project, env: { PATH: bin, HOME: join(root, 'home'), ...environment }, encoding: 'utf8' },
      )
      return { exitCode: status, stdout, stderr }
    },
  }
  return machine
}

/** A script that says it is this version of Terraform. */
export function terraformSaying(version: string) {
  return `echo '{ "terraform_version": "${version}" }'`
}

export function writeScript(file: string, content: string) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content, { mode: 0o755 })
}

function addNodePackage(project: string) {
  const name = `node-${process.platform}-${process.arch}`
  writeProject(project, { name, bin: { node: 'node' } })
  writeScript(join(project, 'package/node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`)
}

/** Like the real package: it has nothing at first, downloads on the first call, and takes what it has as it is. */
function addTerraformPackage(home: string, release: string) {
  writeProject(home, { name: '@jahed/terraform', bin: { terraform: 'cli.js' }, main: 'index.js' })
  writeFileSync(
    join(home, 'package/index.js'),
    `exports.default = { path: process.env.INIT_CWD + '/node_modules/.cache/terraform' }`,
  )
  writeScript(
    join(home, 'package/cli.js'),
    `#!/usr/bin/env node
    const { copyFileSync, existsSync, mkdirSync } = require('node:fs')
    const { path } = require('./index.js').default
    mkdirSync(require('node:path').dirname(path), { recursive: true })
    try {
      if (!existsSync(path)) copyFileSync(${JSON.stringify(release)}, path)
    } catch {
      console.error(new TypeError('fetch failed'))
      process.exit(1)
    }`,
  )
}

/**
 * With one dependency, in the directory \`package\`, and one of development beside it, a lock file is short enough to
 * be written by hand.
 */
function writeProject(directory: string, dependency: { name: string; bin: object; main?: string }) {
  const optionalDependencies = { [dependency.name]: 'file:package' }
  const devDependencies = { 'for-tests': 'file:for-tests' }
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { optionalDependencies, devDependencies },
      'node_modules/for-tests': { resolved: 'for-tests', link: true, dev: true },
      'for-tests': { version: '1.0.0', dev: true },
      [`node_modules/${dependency.name}`]: { resolved: 'package', link: true },
      package: { version: '1.0.0', optional: true, ...dependency },
    },
  }
  mkdirSync(join(directory, 'package'), { recursive: true })
  mkdirSync(join(directory, 'for-tests'), { recursive: true })
  writeJson(join(directory, 'for-tests/package.json'), { version: '1.0.0', name: 'for-tests' })
  writeJson(join(directory, 'package/package.json'), { version: '1.0.0', ...dependency })
  writeJson(join(directory, 'package.json'), { optionalDependencies, devDependencies })
  writeJson(join(directory, 'package-lock.json'), lock)
}

function writeJson(file: string, content: object) {
  writeFileSync(file, JSON.stringify(content, null, 2))
}

function programHere(name: string) {
  const files = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name))
  const found = files.find(existsSync)
  if (found === undefined) throw new Error(`${name} is not on the PATH of the tests`)
  return realpathSync(found)
}
