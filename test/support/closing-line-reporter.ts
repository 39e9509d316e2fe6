import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Prints why a test failed at once, since a run may be broken off before its end, and `N passed, N failed, N skipped` as
 * the very last line of the whole run.
 * `PGFORK_CLOSING_LINE` names a file that is to hold it instead, for whoever adds up several runs.
 * With CI=true a skipped test fails the run: nothing may be skipped there.
 */
export default class ClosingLineReporter implements Reporter {
  readonly #file = process.env.PGFORK_CLOSING_LINE

  constructor() {
    // Tests that run vitest themselves must not write there.
    delete process.env.PGFORK_CLOSING_LINE
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result()
    if (state !== 'failed') return
    for (const { stack, message, diff = '' } of errors)
      process.stdout.write(`\nFAILED ${test.module.moduleId} > ${test.fullName}\n${stack ?? message}\n${diff}\n`)
  }

  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const testModule of testModules) {
      counts.failed += testModule.errors().length
      // A hook that throws fails its whole suite and no test.
      for (const suite of testModule.children.allSuites()) counts.failed += suite.errors().length
      for (const test of testModule.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') counts.failed++
        else counts.skipped++
      }
    }
    if (process.env.CI === 'true' && counts.skipped > 0) process.exitCode = 1
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`
    if (this.#file !== undefined) writeFileSync(this.#file, line)
    else process.once('exit', () => void process.stdout.write(line))
  }
}
