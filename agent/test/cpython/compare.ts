// CPython's own tests, run twice by the same Python: untraced and under the agent. What comes out is one outcome a test
// and side, to be compared test by test.
//
// Many of these tests start programs of their own with `python -I`, which ignores PYTHONPATH and so the agent. Both sides
// therefore run in a throw-away virtual environment with a .pth line that puts the agent back in where INTERLEAVE_RUN is
// set. (Rejected: PYTHONPATH alone. Shutdown, fork and daemon threads, all tested in children, would go unhooked.)
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment } from '../../../wire/side-file.ts'
import { isMade, leftOut, makeTests } from './modules.ts'

/** seconds that one run of a part may take before Python gives it up, and a little later we do; alone they take up to 30 */
const limit = 240

type Outcome = 'passed' | 'skipped' | 'failed' | 'error'
/** test id → outcome; the module itself is a test too: its outcome is how the process ended */
export type Outcomes = Map<string, string>
export interface Difference {
  test: string
  plain: string
  traced: string
}

export interface Bench {
  python: string
  folder: string
  /** folder of the test modules that we make */
  tests: string
  remove: () => void
}
/** The virtual environment both sides run in. */
export const makeBench = (python: string): Bench => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-cpython-'))
  const made = spawnSync(python, ['-m', 'venv', '--without-pip', join(folder, 'venv')], { encoding: 'utf8' })
  if (made.status !== 0)
    throw new Error(`${python} -m venv failed (on Debian 12: apt-get install -y python3.11-venv)\n${made.stderr}`)
  const venv = join(folder, 'venv/bin/python')
  const packages = spawnSync(venv, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], {
    encoding: 'utf8',
  }).stdout.trim()
  writeFileSync(
    join(packages, 'agent-in-isolated-children.pth'),
    `import os, sys; sys.flags.ignore_environment and "${environment.run}" in os.environ and "PYTHONPATH" in os.environ` +
      ' and sys.path.insert(0, os.environ["PYTHONPATH"].split(os.pathsep)[0])\n',
  )
  const tests = join(folder, 'tests')
  makeTests(tests)
  return { python: venv, folder, tests, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const testcase = /<testcase name="([^"]+)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g
const outcomes: Outcome[] = ['passed', 'skipped', 'failed', 'error']
const outcomeOf = (body: string): Outcome =>
  /<error\b/.test(body) ? 'error' : /<failure\b/.test(body) ? 'failed' : /<skipped\b/.test(body) ? 'skipped' : 'passed'

/** Outcomes from the JUnit file that `python -m test` writes. A test with several entries (subtests) has the worst. */
export const readOutcomes = (xml: string): Outcomes => {
  const all: Outcomes = new Map()
  for (const [, name, body] of xml.matchAll(testcase)) {
    const now = outcomes.indexOf(outcomeOf(body ?? ''))
    const before = outcomes.indexOf((all.get(name!) ?? 'passed') as Outcome)
    all.set(name!, outcomes[Math.max(now, before)]!)
  }
  return all
}

/** What `-m` takes to run this test again: the test of a subtest, the class of a setUpClass. */
export const pattern = (test: string): string =>
  /^(?:setUp|tearDown)Class \((.+)\)$/.exec(test)?.[1]?.concat('.*') ?? test.split(' ')[0]!

/** Runs one module, or some of its tests, once. */
export const runModule = (
  bench: Bench,
  module: string,
  extra: NodeJS.ProcessEnv | null,
  tests: string[] = [],
): Promise<{ outcomes: Outcomes; output: string }> =>
  new Promise((done, fail) => {
    const cwd = mkdtempSync(join(bench.folder, extra ? 'traced-' : 'plain-'))
    const xml = join(cwd, 'outcomes.xml')
    const only = [...tests.flatMap((t) => ['-m', pattern(t)]), ...leftOut.flatMap((l) => ['-i', l.test])]
    const from = isMade(module) ? ['--testdir', bench.tests] : []
    const child = spawn(
      bench.python,
      [
        ...['-m', 'test', '-v', '--fail-env-changed', '--timeout', String(limit), '--junit-xml', xml],
        ...[...from, ...only, module],
      ],
      // a group of its own: what hangs is ended with all its children
      { cwd, env: { ...process.env, ...extra, TMPDIR: cwd }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    )
    const endGroup = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        // nobody is left of it
      }
    }
    const late = setTimeout(endGroup, (limit + 20) * 1000)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
    child.on('error', fail)
    // children that were left behind may hold its output open
    child.on('exit', () => setTimeout(endGroup, 5000).unref())
    child.on('close', (code, signal) => {
      clearTimeout(late)
      const outcomes = existsSync(xml) ? readOutcomes(readFileSync(xml, 'utf8')) : new Map<string, string>()
      if (tests.length === 0) outcomes.set(module, signal ?? `exit ${code}`)
      rmSync(cwd, { recursive: true, force: true })
      done({ outcomes, output })
    })
  })

/** Tests whose outcomes differ. */
export const differ = (plain: Outcomes, traced: Outcomes): Difference[] =>
  [...new Set([...plain.keys(), ...traced.keys()])]
    .map((test) => ({ test, plain: plain.get(test) ?? 'missing', traced: traced.get(test) ?? 'missing' }))
    .filter((d) => d.plain !== d.traced)

/** What is left of `found` after running those tests again `rounds` times on both sides: a test that then agrees in any
 *  round is unsteady (it asserts on time, on a shared machine), not different. */
export const confirm = async (
  bench: Bench,
  module: string,
  traced: NodeJS.ProcessEnv,
  found: Difference[],
  rounds: number,
): Promise<{ different: Difference[]; unsteady: Difference[] }> => {
  let different = found
  const whole = found.some((d) => d.test === module)
  for (let round = 0; round < rounds && different.length > 0; round++) {
    const tests = whole ? [] : different.map((d) => d.test)
    const [a, b] = [await runModule(bench, module, null, tests), await runModule(bench, module, traced, tests)]
    different = different.filter((d) => a.outcomes.get(d.test) !== b.outcomes.get(d.test))
  }
  return { different, unsteady: found.filter((d) => !different.includes(d)) }
}

/** A run that was given up tells nothing of its tests. Once may be the machine: it is run again, and that stands. */
const runWhole = async (bench: Bench, module: string, extra: NodeJS.ProcessEnv | null) => {
  const run = await runModule(bench, module, extra)
  if (run.outcomes.size > 1) return run
  const last = run.output.split('\n').findLast((line) => /^test_\w+ \(/.test(line))
  console.log(`${module} was given up ${extra ? 'under the agent' : 'without the agent'}, the last test was ${last}`)
  return runModule(bench, module, extra)
}

/** Compares one module: the tests that differ, every time they are run. */
export const compareModule = async (bench: Bench, module: string, traced: NodeJS.ProcessEnv) => {
  const plain = await runWhole(bench, module, null)
  const hooked = await runWhole(bench, module, traced)
  const all = differ(plain.outcomes, hooked.outcomes)
  // the module's exit code follows from its tests: it says something only where no test differs
  const found = all.length > 1 ? all.filter((d) => d.test !== module) : all
  const ended = plain.outcomes.size > 1 && hooked.outcomes.size > 1
  const said = ended ? await confirm(bench, module, traced, found, 3) : { different: found, unsteady: [] }
  return { module, tests: plain.outcomes.size - 1, ...said, output: hooked.output }
}
