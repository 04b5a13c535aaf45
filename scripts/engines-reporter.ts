// Says at the end of a test run on which real servers it ran, and how many cases each of them passed; or why there were none.
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** A reporter of vitest. */
class EnginesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ofEngines = modules.filter(({ project }) => project.name === 'engines')
    const [first] = ofEngines
    if (first === undefined) return
    const { missing, cassandra, kafka, elasticsearch } = first.project.getProvidedContext().engines
    if (missing !== undefined) return print(`real engines: none of their tests ran, nor those of the shop on a cluster. ${missing}`)
    for (const [engine, version] of Object.entries({ cassandra: cassandra?.version, kafka: kafka?.version, elasticsearch: elasticsearch?.version })) {
      const tests = ofEngines.flatMap((module) => [...module.children.allTests()]).filter((test) => enginesOf(test).includes(engine))
      const count = (state: string): number => tests.filter((test) => test.result().state === state).length
      print(`real engines: ${engine} ${version ?? 'not started'}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
    }
  }
}

const places = /(cassandra|kafka|elasticsearch)[^/]*\.int\.test\.ts$|\/(cassandra|kafka|elasticsearch)\//

/** The servers that a test says it needs, `(needs cassandra)` in its name or its suite's; or where its file stands, when it says nothing. */
function enginesOf(test: TestCase): readonly string[] {
  const said = [...test.fullName.matchAll(/\(needs ([\w, -]+)\)/g)].flatMap(([, names = '']) => names.split(', '))
  const [, named, folder] = places.exec(test.module.moduleId) ?? []
  return said.some((name) => /^(cassandra|kafka|elasticsearch)$/.test(name)) ? said : [named ?? folder ?? '']
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

export default EnginesReporter
