import { configDefaults, defineConfig } from 'vitest/config'
import LongFilesFirst from './tests/support/long-files-first.ts'
import { nodeFlags } from './tests/support/node.ts'

/**
 * Files with a process of their own: they change the environment or the clock, for which all that is loaded later would
 * not be as it is. A process for each file, in which all is loaded again, would cost more than the tests of most files.
 */
const alone = [
  'tests/broker/drift/inspector.test.ts',
  'tests/broker/operations/watch.test.ts',
  'tests/broker/platform/{aws-access,elasticache}.test.ts',
  'tests/broker/terraform/**/*.test.ts',
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
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...alone],
        },
      },
    ],
  },
})
