// Everything CI runs, in order; ends with one line counted from the runner's own report.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'

interface Assertion {
  readonly status: string
  readonly fullName: string
  readonly failureMessages?: readonly string[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  /** The first error of a hook of the file, or of its import. */
  readonly message: string
  readonly assertionResults: readonly Assertion[]
}

interface Report {
  readonly testResults: readonly TestFile[]
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly success: boolean
}

const reportFile = '.reports/tests.json'
mkdirSync('.reports', { recursive: true })
rmSync(reportFile, { force: true })

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['test', ['run', 'test', '--reporter=default', '--reporter=./scripts/engines-reporter.ts', '--reporter=json', `--outputFile.json=${reportFile}`]],
  ['lint', ['run', 'lint']],
  ['types', ['run', 'types']],
  ['build', ['run', 'build']],
  ['packages', ['exec', 'node', 'scripts/check-packages.ts']],
  ['docs', ['run', 'docs']],
]

const failures = steps.filter(([name, command]) => {
  process.stdout.write(`\n== ${name}\n`)
  const { status } = spawnSync('npx', ['--yes', 'pnpm@10', ...command], { stdio: 'inherit' })
  return status !== 0
})

const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report
// A case of a conformance suite may not apply to an engine, and then says what it needs; nothing else may be skipped.
const assertions = report.testResults.flatMap(({ assertionResults }) => assertionResults)
const skipped = assertions.filter(({ status }) => status !== 'passed' && status !== 'failed')
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`)
const unexplained = skipped.filter(({ fullName }) => !/ \(needs [\w, -]+\)$/.test(fullName))
for (const { fullName } of unexplained) process.stdout.write(`skipped without a reason: ${fullName}\n`)
// Last, so that a log that keeps only its end still names what failed.
for (const { fullName, failureMessages = [] } of assertions.filter(({ status }) => status === 'failed')) {
  process.stdout.write(`failed: ${fullName}\n${failureMessages.map((message) => message.split('\n').slice(0, 12).join('\n')).join('\n')}\n`)
}
// What fails outside of a case leaves cases that did not run, and the cause would be known to nobody.
const broken = report.testResults.filter(
  ({ status, message, assertionResults }) => status === 'failed' && (message !== '' || assertionResults.every((assertion) => assertion.status !== 'failed')),
)
for (const { name, message } of broken)
  process.stdout.write(
    `failed outside of a case: ${name}\n${message === '' ? 'a hook of a suite failed, or the file did not finish; the output of the tests says what' : message}\n`,
  )
for (const [name] of failures) process.stdout.write(`failed step: ${name}\n`)
process.stdout.write(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed, ${report.numPendingTests} skipped\n`)
process.exitCode = failures.length === 0 && unexplained.length === 0 && report.success ? 0 : 1
