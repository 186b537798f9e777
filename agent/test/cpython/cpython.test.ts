// The agent does not change what CPython promises: its own tests of threads, locks and queues have the same outcome,
// test by test, with and without the agent. What differs on purpose is in differences.ts, with its reason.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { agentEnvironment } from '../crash/record.ts'
import { type Bench, compareModule, differ, makeBench, pattern, readOutcomes } from './compare.ts'
import { accepted } from './differences.ts'
import { parts } from './modules.ts'

const benches = new Map<string, Bench>()
const benchOf = (python: string): Bench => {
  const bench = benches.get(python) ?? makeBench(python)
  benches.set(python, bench)
  return bench
}
afterAll(() => benches.forEach((bench) => bench.remove()))

const key = (d: { test: string; plain: string; traced: string }) => `${d.test}: ${d.plain} → ${d.traced}`

// %s, for $module is cut at 40 characters and `-t` would not find it
test.concurrent.each(parts().map((part) => [part.module, part.version, part.python] as const))(
  '%s of %s has the same outcomes under the agent',
  async (module, version, python) => {
    const bench = benchOf(python)
    const folder = mkdtempSync(join(bench.folder, 'run-'))
    const run = await compareModule(bench, module, agentEnvironment(folder))
    // a comparison with an agent that was not there would pass
    expect(readdirSync(folder).filter((f) => f.endsWith('.events')).length, run.output).toBeGreaterThan(0)
    rmSync(folder, { recursive: true })
    const expected = accepted
      .filter((d) => d.test === module || d.test.replace(/^test\./, '').startsWith(`${module.replace(/^test\./, '')}.`))
      .filter((d) => !d.pythons || d.pythons.includes(version))
    for (const d of run.unsteady) console.log(`unsteady on this machine, agreed when run again: ${key(d)}`)
    expect(run.tests, run.output).toBeGreaterThan(0)
    expect(run.different.map(key).sort(), run.output).toEqual(expected.map(key).sort())
  },
  1_500_000,
)

describe('the comparison itself', () => {
  const xml =
    '<testsuite><testcase name="a" status="run" /><testcase name="b" time="1"><failure type="x">&lt;error</failure>' +
    '</testcase><testcase name="c"><skipped>no</skipped></testcase><testcase name="c" /></testsuite>'
  test('reads outcomes, the worst of several', () => {
    expect([...readOutcomes(xml)]).toEqual([
      ['a', 'passed'],
      ['b', 'failed'],
      ['c', 'skipped'],
    ])
  })
  test('sees a test that is gone and one that fails', () => {
    const plain = readOutcomes(xml)
    const traced = new Map([...plain, ['a', 'failed']])
    traced.delete('b')
    expect(differ(plain, traced).map(key)).toEqual(['a: passed → failed', 'b: failed → missing'])
  })
  test('runs a test again by its name, a subtest by its test, a class by all of it', () => {
    expect(['test.a.B.test_c', 'test.a.B.test_c (n=1)', 'setUpClass (test.a.B)'].map(pattern)).toEqual([
      'test.a.B.test_c',
      'test.a.B.test_c',
      'test.a.B.*',
    ])
  })
})
