// CPython's own tests, run twice by the same Python: untraced and under the agent. What comes out is one outcome a test
// and side, to be compared test by test.
//
// Many of these tests start programs of their own with `python -I`, which ignores PYTHONPATH and so the agent. Both sides
// therefore run in a throw-away virtual environment with a .pth line that puts the agent back in where INTERLEAVE_RUN is
// set. (Rejected: PYTHONPATH alone. Shutdown, fork and daemon threads, all tested in children, would go unhooked.)
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment } from '../../../wire/side-file.ts'

export const modules = [
  'test_threading',
  'test_thread',
  'test_queue',
  'test_threading_local',
  'test_threadsignals',
  'test_sched',
]

type Outcome = 'passed' | 'skipped' | 'failed' | 'error'
/** test id → outcome; the module itself is a test too: its outcome is how the process ended */
export type Outcomes = Map<string, string>
export interface Difference {
  test: string
  plain: string
  traced: string
}

const usable = (python: string): boolean =>
  spawnSync(python, ['-c', 'import sys, test.test_threading; sys.exit(sys.version_info < (3, 10))'], {
    stdio: 'ignore',
  }).status === 0

/** A Python ≥ 3.10 that has its test package; a sentence that says what to do where there is none. */
export const pythonWithTests = (): string => {
  const asked = process.env['INTERLEAVE_TEST_PYTHON']
  if (asked) return asked
  const pyenv = join(homedir(), '.pyenv/versions')
  const versions = existsSync(pyenv) ? readdirSync(pyenv).sort().reverse() : []
  const found = ['python3', '/usr/bin/python3', ...versions.map((v) => join(pyenv, v, 'bin/python3'))].find(usable)
  if (found) return found
  throw new Error(
    "No Python ≥ 3.10 with CPython's own tests was found. On Debian 12: apt-get install -y libpython3.11-testsuite",
  )
}

export interface Bench {
  python: string
  folder: string
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
  return { python: venv, folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
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

/** Runs one module, or some of its tests, once. */
export const runModule = (
  bench: Bench,
  module: string,
  extra: NodeJS.ProcessEnv | null,
  tests: string[] = [],
): Promise<{ outcomes: Outcomes; output: string }> =>
  new Promise((done, fail) => {
    const cwd = mkdtempSync(join(bench.folder, `${extra ? 'traced' : 'plain'}-${module}-`))
    const xml = join(cwd, 'outcomes.xml')
    const only = tests.flatMap((t) => ['-m', t])
    const child = spawn(
      bench.python,
      ['-m', 'test', '-v', '--fail-env-changed', '--timeout', '240', '--junit-xml', xml, ...only, module],
      { cwd, env: { ...process.env, ...extra, TMPDIR: cwd }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
    child.on('error', fail)
    child.on('close', (code, signal) => {
      const outcomes = existsSync(xml) ? readOutcomes(readFileSync(xml, 'utf8')) : new Map<string, string>()
      if (tests.length === 0) outcomes.set(module, signal ?? `exit ${code}`)
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

/** Compares one module: the tests that differ, every time they are run. */
export const compareModule = async (bench: Bench, module: string, traced: NodeJS.ProcessEnv) => {
  const plain = await runModule(bench, module, null)
  const hooked = await runModule(bench, module, traced)
  const all = differ(plain.outcomes, hooked.outcomes)
  // the module's exit code follows from its tests: it says something only where no test differs
  const found = all.length > 1 ? all.filter((d) => d.test !== module) : all
  const said = await confirm(bench, module, traced, found, 3)
  return { module, tests: plain.outcomes.size - 1, ...said, output: hooked.output }
}
