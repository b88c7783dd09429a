import { defineConfig } from 'vitest/config'
import LongFilesFirst from './tests/support/long-files-first.ts'
import { nodeFlags } from './tests/support/node.ts'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
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
  },
})
