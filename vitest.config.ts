import { configDefaults, defineConfig } from 'vitest/config'
import LongFilesFirst from './tests/support/long-files-first.ts'
import { nodeFlags } from './tests/support/node.ts'

/** Files that share processes: none of them changes the environment, the clock or what another one has loaded. */
const together = [
  'tests/broker/{adoption,catalog,commands,data-directory,database,instances,jobs,logging}/**/*.test.ts',
  'tests/broker/{model,provisioner,settings,states}/**/*.test.ts',
  'tests/broker/operations/**/!(watch).test.ts',
  'tests/state-backend/**/!(crash).test.ts',
]

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/closing-line.ts'],
    // Real terraform runs and real servers: a test may take a while, and a hang still ends.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two cores: more files at once only slow each other down.
    maxWorkers: 2,
    sequence: { sequencer: LongFilesFirst },
    // Node strips the types of tests and broker, as it does for every program, and keeps them stripped: Vite, which
    // would transform each file, is a quarter of what a test file costs before its first test.
    execArgv: nodeFlags,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // A process for each file, in which all is loaded again, would cost more than the tests of most files.
    projects: [
      { extends: true, test: { name: 'together', isolate: false, include: together } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...together],
        },
      },
    ],
  },
})
