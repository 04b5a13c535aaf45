// Says at the end of a test run on which real servers it ran, and how many cases each of them passed; or why there were none.
import type { Reporter, TestModule } from 'vitest/node'

/** A reporter of vitest. */
class EnginesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ofEngines = modules.filter(({ project }) => project.name === 'engines')
    const [first] = ofEngines
    if (first === undefined) return
    const { missing, cassandra, kafka, elasticsearch } = first.project.getProvidedContext().engines
    if (missing !== undefined) return print(`real engines: none of their tests ran, nor those of the shop on a cluster. ${missing}`)
    for (const [engine, version] of Object.entries({ cassandra: cassandra?.version, kafka: kafka?.version, elasticsearch: elasticsearch?.version })) {
      const tests = ofEngines.filter(({ moduleId }) => engineOf(moduleId) === engine).flatMap((module) => [...module.children.allTests()])
      const count = (state: string): number => tests.filter((test) => test.result().state === state).length
      print(`real engines: ${engine} ${version ?? 'not started'}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
    }
  }
}

function engineOf(file: string): string | undefined {
  return /(cassandra|kafka|elasticsearch)[^/]*\.int\.test\.ts$|\/(cassandra|kafka|elasticsearch)\//
    .exec(file)
    ?.slice(1)
    .find((name) => name !== undefined)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

export default EnginesReporter
