// Everything CI runs, in order; ends with one line counted from the runner's own report.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'

interface Assertion {
  readonly status: string
  readonly fullName: string
  readonly failureMessages?: readonly string[]
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[]
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
for (const [name] of failures) process.stdout.write(`failed step: ${name}\n`)
process.stdout.write(`${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests} skipped\n`)
process.exitCode = failures.length === 0 && unexplained.length === 0 && report.success ? 0 : 1
