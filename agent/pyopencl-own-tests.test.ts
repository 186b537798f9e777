// The agent does not change what PyOpenCL promises: its own test_wrapper.py and test_array.py, as its source release ships them,
// have the same outcome test by test with the agent and without it. All of their tests are run, on PoCL.
//
// PoCL compiles for minutes what test_array.py asks for, so the recorded run finds the kernels of the plain one; those of
// test_wrapper.py, which is about building programs, are compiled twice. A test that ends the process has that as its outcome,
// and the rest is run in a new one: PoCL 3.0 does so in about every second run of test_arrays_with_svm_allocators, or in
// the test after it, without the agent as well.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { agentEnvironment, count, readRun } from './test/crash/record.ts'
import { type PythonWith, pythonFor } from './test/python-with.ts'
import { sourceRelease } from './test/source-release.ts'

const program = join(import.meta.dirname, 'test', 'pytest_outcomes.py')
/** s that one test may take; then its process is ended */
const patience = 300

interface Run {
  outcomes: Map<string, string>
  output: string
}
interface How {
  python: PythonWith
  /** of the tests */
  cwd: string
  env: NodeJS.ProcessEnv
  /** of the kernels that PoCL has compiled */
  kernels: string
}

function pytest({ python, cwd, env, kernels }: How, folder: string, args: string[]): Promise<string> {
  const run = ['-q', '-p', 'no:cacheprovider', '--rootdir', cwd, '--timeout-method=thread', `--timeout=${patience}`]
  return new Promise((done, fail) => {
    const child = spawn(python.file, [program, join(folder, 'told'), ...run, ...args], {
      cwd,
      // what one leaves behind the other must not find
      env: {
        ...env,
        ...{ TMPDIR: folder, XDG_CACHE_HOME: folder, POCL_CACHE_DIR: kernels, PYTHONDONTWRITEBYTECODE: '1' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (some: Buffer) => (output += some.toString()))
    child.on('error', fail)
    child.on('close', () => done(output))
  })
}

/** `tests`: a file, or tests by their names */
async function outcomes(how: How, tests: string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-pyopencl-'))
  const told = join(folder, 'told')
  const outcomes = new Map<string, string>()
  let output = ''
  try {
    for (let ended = true; ended;) {
      output += await pytest(how, folder, tests)
      const lines = existsSync(told) ? readFileSync(told, 'utf8').split('\n').filter(Boolean) : []
      const all = lines.map((line) => JSON.parse(line) as [string, string?])
      const known = outcomes.size
      for (const [id, outcome] of all) outcomes.set(id, outcome ?? 'ended the process')
      // one that ends before its first test would do so for ever
      ended = all.at(-1)?.length === 1 && outcomes.size > known
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { outcomes, output }
}

test.for([
  { file: 'test_wrapper.py', share: false, least: 40 },
  { file: 'test_array.py', share: true, least: 150 },
])('PyOpenCL: $file', { timeout: 1_800_000 }, async ({ file, share, least }, { onTestFinished }) => {
  const python = await pythonFor('pyopencl-tests')
  const run = mkdtempSync(join(tmpdir(), 'interleave-pyopencl-run-'))
  onTestFinished(() => rmSync(run, { recursive: true, force: true }))
  const side = (env: NodeJS.ProcessEnv, own: string): How => {
    const kernels = join(run, own)
    mkdirSync(kernels, { recursive: true })
    return { python, cwd: join(sourceRelease('pyopencl-tests', python), 'test'), env, kernels }
  }
  const without = side(python.env, 'kernels')
  const withAgent = side(agentEnvironment(run), share ? 'kernels' : 'kernels-recorded')

  const plain = await outcomes(without, [file])
  const hooked = await outcomes(withAgent, [file])
  // a comparison with an agent that was not there, or saw none of it, would pass
  const enqueued = readRun(run).reduce((sum, one) => sum + count(one, eventKinds.enqueue), 0)
  expect(enqueued, hooked.output).toBeGreaterThan(least)
  expect(plain.outcomes.size, plain.output).toBeGreaterThan(least)
  const found = [...new Set([...plain.outcomes.keys(), ...hooked.outcomes.keys()])].filter(
    (name) => plain.outcomes.get(name) !== hooked.outcomes.get(name),
  )
  let different = found
  // one that agrees when both are run again is unsteady, not different: it ends by chance, or asserts on time
  for (let round = 0; round < 20 && different.length > 0 && different.length < 20; round++) {
    const still: string[] = []
    for (const name of different) {
      const again = [await outcomes(without, [name]), await outcomes(withAgent, [name])]
      const [a, b] = again.map((one) => one.outcomes.get(name))
      if (a === undefined || a !== b) still.push(name)
    }
    different = still
  }
  for (const name of found)
    if (!different.includes(name)) console.log(`unsteady on this machine, agreed when run again: ${name}`)
  const told = different.map((name) => `${name}: ${plain.outcomes.get(name)} → ${hooked.outcomes.get(name)}`)
  expect(told, hooked.output.slice(-5000)).toEqual([])
})
