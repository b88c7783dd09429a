import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, for whoever reads the output by machine. A run in
 * which nothing was tested has not passed.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        // A test that the run never came to has not passed either.
        count[state === 'pending' ? 'failed' : state] += 1
      }
      // A file that cannot be loaded, or a hook that throws, fails without any test of its own.
      for (const group of [module, ...module.children.allSuites()]) count.failed += group.errors().length
    }

    if (count.passed + count.failed === 0) process.exitCode = 1
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  }
}
