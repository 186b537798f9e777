// How the agent gets in, and out of the way: the program's own sitecustomize, sys.path, virtual environments, Pythons that
// cannot be recorded, a core that does not load.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { environment } from '../wire/side-file.ts'
import { readRun } from './test/read-events.ts'
import { core, installed, pythons } from './test/run-python.ts'

const site = join(import.meta.dirname, 'site')
let folder: string
let runFolder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-entry-'))
  runFolder = join(folder, 'run')
  mkdirSync(runFolder)
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (python: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
  const all = { ...process.env, PYTHONPATH: site, [environment.run]: runFolder, [environment.core]: core, ...env }
  const done = spawnSync(python, args, { cwd: folder, env: all, encoding: 'utf8', timeout: 20_000 })
  return { status: done.status, out: done.stdout, err: done.stderr }
}
const notes = () =>
  readdirSync(runFolder)
    .filter((name) => name.endsWith('-unrecorded.names'))
    .flatMap((name) => readFileSync(join(runFolder, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { text: string })

describe.each(pythons)('Python 3.$minor', ({ file: python }) => {
  test('the program finds its sys.path and modules as without us', () => {
    const show =
      'import sys; print(sys.path, sorted(m for m in sys.modules if "interleave" not in m and m != "sitecustomize"))'
    const plain = run(python, ['-c', show], { PYTHONPATH: folder, [environment.run]: undefined })
    const recorded = run(python, ['-c', show], { PYTHONPATH: [site, folder].join(delimiter) })
    const path = (out: string) => out.split('] [')[0]
    expect(path(recorded.out)).toBe(path(plain.out))
    expect(recorded.err).toBe('')
    expect(readRun(runFolder)).toHaveLength(1)
  })

  test("the program's own sitecustomize runs, and its errors are its own", () => {
    writeFileSync(join(folder, 'sitecustomize.py'), 'import builtins\nbuiltins.seen = __file__\n')
    const env = { PYTHONPATH: [site, folder].join(delimiter) }
    const show = 'import sitecustomize; print(seen, sitecustomize.__file__)'
    const mine = join(folder, 'sitecustomize.py')
    expect(run(python, ['-c', show], env).out).toBe(`${mine} ${mine}\n`)
    writeFileSync(mine, 'raise ValueError("mine")\n')
    const recorded = run(python, ['-c', 'pass'], env)
    const plain = run(python, ['-c', 'pass'], { PYTHONPATH: folder, [environment.run]: undefined })
    expect(recorded).toEqual(plain)
  })

  test('a module that is only looked up has its own loader, and is recorded when it is imported', () => {
    const source = `
import importlib.util, sys
class OldFinder:
    def find_module(self, name, path=None): return None
sys.meta_path.insert(1, OldFinder())
spec = importlib.util.find_spec('queue')
print(spec.loader.get_code('queue') is not None, spec.loader.path == spec.origin)
import queue
print(type(queue.__loader__).__name__, type(queue.__spec__.loader).__name__)
queue.Queue().put(1)
`
    expect(run(python, ['-c', source])).toEqual({
      status: 0,
      out: 'True True\nSourceFileLoader SourceFileLoader\n',
      err: '',
    })
    expect(readRun(runFolder)[0]!.records.map((r) => r.kind)).toContain(eventKinds.put)
  })

  test('only the first Python in a process is recorded, and the recording says so', () => {
    const again = `
import os, sys, threading
agent = sys.modules['interleave_agent']
agent.begin(os.path.dirname(os.path.dirname(agent.__file__)))
threading.Lock().acquire()
`
    expect(run(python, ['-c', again])).toEqual({ status: 0, out: '', err: '' })
    const processes = readRun(runFolder)
    expect(processes.map((p) => p.lines.filter((l) => l.k === 'note').map((l) => l.text))).toEqual([
      ['A Python that was started anew in this process is not recorded.'],
    ])
    expect(processes[0]!.records.filter((r) => r.kind === eventKinds.acquire)).toHaveLength(1)
  })

  test('without INTERLEAVE_RUN nothing happens', () => {
    const said = run(python, ['-c', 'import threading; print(type(threading.Lock).__name__, 2)'], {
      [environment.run]: undefined,
    })
    expect(said.err).toBe('')
    expect(readdirSync(runFolder)).toEqual([])
  })

  test('a core that does not load leaves a note and an unrecorded program', () => {
    const said = run(python, ['-c', 'print(1)'], { [environment.core]: join(folder, 'gone.so') })
    expect(said).toEqual({ status: 0, out: '1\n', err: '' })
    expect(notes()[0]!.text).toContain('not recorded')
  })

  test('a folder of the run that has gone leaves the program alone', () => {
    const said = run(python, ['-c', 'import threading; threading.Lock().acquire(); print(1)'], {
      [environment.run]: join(folder, 'gone'),
    })
    expect(said).toEqual({ status: 0, out: '1\n', err: '' })
  })

  test('isolated Pythons ignore the environment, and so are not recorded', () => {
    expect(run(python, ['-I', '-c', 'print(1)']).out).toBe('1\n')
    expect(readdirSync(runFolder)).toEqual([])
  })
})

test('a virtual environment is recorded with its own packages', () => {
  const venv = join(folder, 'venv')
  execFileSync(pythons[0]!.file, ['-m', 'venv', '--without-pip', venv])
  const python = join(venv, 'bin/python')
  expect(run(python, ['-c', 'import sys; print(sys.prefix)']).out).toBe(`${venv}\n`)
  expect(readRun(runFolder)[0]!.about.executable).toBe(python)
})

const older = ['3.9', '3.8', '3.6'].flatMap((version) => installed().filter((file) => file.includes(`/${version}.`)))
test.runIf(older.length)('an older Python runs unrecorded and says so', () => {
  for (const python of older) expect(run(python, ['-c', 'print(1)'])).toEqual({ status: 0, out: '1\n', err: '' })
  expect(notes().map(({ text }) => text.replace(/\d+\.\d+ is/, 'N is'))).toEqual(
    older.map(() => 'cpython N is not recorded: the agent needs CPython 3.10 or newer.'),
  )
})
