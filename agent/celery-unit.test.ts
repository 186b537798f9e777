// The agent does not change what Celery promises: its own unit tests, as its source release ships them, have the same
// outcome test by test with the agent and without it. The parts that are run are those whose code is hooked or runs beside
// the hooks: the worker, its pools, tracing and results of tasks, publishing, beat, and the backends' common part.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentEnvironment } from './test/crash/record.ts'
import { type PythonWith, pythonFor } from './test/python-with.ts'
import { sourceRelease } from './test/source-release.ts'

const parts = [
  ...['concurrency', 'worker'],
  ...['app/test_amqp.py', 'app/test_beat.py'],
  ...['tasks/test_trace.py', 'tasks/test_result.py'],
  ...['backends/test_base.py', 'backends/test_asynchronous.py'],
].map((part) => join('t', 'unit', part))

const testcase = /<testcase classname="([^"]+)" name="([^"]+)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g
const outcomeOf = (body = '') =>
  ['error', 'failure', 'skipped'].find((outcome) => body.includes(`<${outcome}`)) ?? 'passed'

interface Run {
  outcomes: Map<string, string>
  output: string
}
/** `only`: tests by their names, all of the parts if there are none */
function unitTests(python: PythonWith, cwd: string, env: NodeJS.ProcessEnv, only: string[] = []): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-celery-unit-'))
  const xml = join(folder, 'outcomes.xml')
  const run = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--timeout', '120', `--junitxml=${xml}`]
  return new Promise((done, fail) => {
    const child = spawn(python.file, [...run, '--continue-on-collection-errors', ...(only.length > 0 ? only : parts)], {
      cwd,
      // what one leaves behind the other must not find
      env: { ...env, TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (some: Buffer) => (output += some.toString()))
    child.on('error', fail)
    child.on('close', () => {
      const outcomes = new Map<string, string>()
      if (existsSync(xml))
        for (const [, file, name, body] of readFileSync(xml, 'utf8').matchAll(testcase))
          outcomes.set(`${file}.${name}`, outcomeOf(body))
      rmSync(folder, { recursive: true, force: true })
      done({ outcomes, output })
    })
  })
}

/** "t.unit.worker.test_loops.test_asynloop.test_quit[a]" as pytest takes it */
const asAsked = (cwd: string, name: string): string => {
  const [path, own = ''] = name.split(/(?=\[)/)
  const words = path!.split('.')
  let file = words.length
  while (file > 0 && !existsSync(join(cwd, `${words.slice(0, file).join('/')}.py`))) file--
  return [`${words.slice(0, file).join('/')}.py`, ...words.slice(file)].join('::') + own
}

test("Celery's unit tests have the same outcomes under the agent", { timeout: 900_000 }, async ({ onTestFinished }) => {
  const python = await pythonFor('celery-tests')
  const cwd = sourceRelease('celery-tests', python)
  const run = mkdtempSync(join(tmpdir(), 'interleave-celery-run-'))
  onTestFinished(() => rmSync(run, { recursive: true, force: true }))
  const traced = agentEnvironment(run)
  const [plain, hooked] = await Promise.all([unitTests(python, cwd, python.env), unitTests(python, cwd, traced)])
  // a comparison with an agent that was not there would pass
  expect(readdirSync(run).filter((name) => name.endsWith('.events')).length, hooked.output).toBeGreaterThan(0)
  expect(plain.outcomes.size, plain.output).toBeGreaterThan(1000)
  const differ = (a: Run, b: Run) =>
    [...new Set([...a.outcomes.keys(), ...b.outcomes.keys()])].filter((t) => a.outcomes.get(t) !== b.outcomes.get(t))
  const found = differ(plain, hooked)
  let different = found
  // one that agrees when it is run again asserts on time, on a machine that others use as well
  for (let round = 0; round < 3 && different.length > 0 && different.length < 50; round++) {
    const only = different.map((name) => asAsked(cwd, name))
    const [a, b] = [await unitTests(python, cwd, python.env, only), await unitTests(python, cwd, traced, only)]
    different = different.filter((name) => a.outcomes.get(name) !== b.outcomes.get(name))
  }
  for (const name of found)
    if (!different.includes(name)) console.log(`unsteady on this machine, agreed when run again: ${name}`)
  const told = different.map((name) => `${name}: ${plain.outcomes.get(name)} → ${hooked.outcomes.get(name)}`)
  expect(told, hooked.output.slice(-5000)).toEqual([])
})
