// Which of CPython's own tests are compared, and by which Python. In: this machine's Pythons. Out: parts, each one run of
// `python -m test`. All of them run in full, as `npm test` and by hand (`npm run test:cpython -- test_asyncio`): untraced
// and alone the longest takes half a minute, and most of it sleeps, so that several run beside each other.
//
// The multiprocessing tests are one file that is meant to be installed once a start method. Some installations have
// those three modules, some four smaller ones for each, some (3.11.7, 3.12.1) none by mistake: so we make our own, the
// same for all. What a Python lacks altogether is run by the next one that has it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../run-python.ts'

export interface Part {
  /** as `python -m test` takes it, and as the names of its tests begin (some with "test." before it) */
  module: string
  python: string
  version: string
}
interface Python {
  file: string
  version: string
  /** its package `test` */
  tests: string
}

const plain = [
  'test_threading',
  'test_thread',
  'test_queue',
  'test_threading_local',
  'test_threadsignals',
  'test_sched',
  'test_subprocess',
  'test_signal',
  'test_fork1',
  'test_coroutines',
]
/** packages of which each module is a part of its own, where they are packages */
const packages = ['test_asyncio', 'test_concurrent_futures']
const startMethods = ['fork', 'spawn', 'forkserver']
const kinds = ['processes', 'manager', 'threads', 'misc']
const multiprocessing = startMethods.flatMap((m) => kinds.map((kind) => `test_multiprocessing_${m}_${kind}`))

const ask = (file: string): Python | undefined => {
  const script = `import os, sys, test.test_threading as t; print('%d.%d' % sys.version_info[:2], os.path.dirname(t.__file__))`
  const said = spawnSync(file, ['-c', script], { encoding: 'utf8' })
  const [version, tests] = said.status === 0 ? said.stdout.trim().split(/ (.*)/) : []
  return version && tests && Number(version.split('.')[1]) >= 10 ? { file, version, tests } : undefined
}

/** Every Python ≥ 3.10 that has its test package, the one at hand first. INTERLEAVE_TEST_PYTHON names the only one. */
const pythons = (): Python[] => {
  const asked = process.env['INTERLEAVE_TEST_PYTHON']
  const files = asked ? [asked] : ['python3', '/usr/bin/python3', ...installed().sort().reverse()]
  return files.flatMap((file) => ask(file) ?? [])
}

const isWindows = (file: string) => file.startsWith('test_windows')
const modulesOf = (tests: string, name: string): string[] =>
  existsSync(join(tests, `${name}.py`))
    ? [name]
    : existsSync(join(tests, name))
      ? readdirSync(join(tests, name))
          .filter((file) => /^test_.*\.py$/.test(file) && !isWindows(file))
          .map((file) => `test.${name}.${file.slice(0, -3)}`)
          .sort()
      : []

/** All there is to compare; throws where there is no Python with tests, or none that has one of the modules. */
export const parts = (): Part[] => {
  const all = pythons()
  return [...plain, ...packages, '_test_multiprocessing'].flatMap((name) => {
    const home = all.find(({ tests }) => modulesOf(tests, name).length > 0)
    if (!home && all.length > 0 && process.env['INTERLEAVE_TEST_PYTHON']) {
      console.log(`${all[0]!.file} has no ${name}: not compared`)
      return []
    }
    if (!home)
      throw new Error(
        `No Python ≥ 3.10 with CPython's own ${name} was found. On Debian 12: apt-get install -y libpython3.11-testsuite`,
      )
    const modules = name === '_test_multiprocessing' ? multiprocessing : modulesOf(home.tests, name)
    return modules.map((module) => ({ module, python: home.file, version: home.version }))
  })
}

/** Tests that hang now and then without the agent too, and would cost a part its time. */
export const leftOut: { test: string; reason: string }[] = [
  {
    test: '*WithThreadsTestPool.test_terminate',
    reason: 'a ThreadPool that is terminated may wait for its 10,000 sleeps: 3 of 10 runs on a busy machine, 3.11.7',
  },
  {
    test: '*ProcessPoolForkExecutorDeadlockTest.test_shutdown_deadlock_pickle',
    reason: 'a fork while the feeder thread holds a lock: 1 of 6 runs on a busy machine, 3.13.0',
  },
]

/** What is ours: in a folder of its own, from which `python -m test --testdir` takes it. */
export const isMade = (module: string): boolean => multiprocessing.includes(module)
export const makeTests = (folder: string): void => {
  mkdirSync(folder)
  for (const method of startMethods)
    for (const kind of kinds)
      writeFileSync(
        join(folder, `test_multiprocessing_${method}_${kind}.py`),
        `from test._test_multiprocessing import install_tests_in_module_dict

found = {'__name__': __name__}
install_tests_in_module_dict(found, ${JSON.stringify(method)})


def kind_of(name):
    return next((kind for kind in ('processes', 'manager', 'threads') if name.startswith('With' + kind.capitalize())), 'misc')


globals().update({n: v for n, v in found.items() if not isinstance(v, type) or kind_of(n) == ${JSON.stringify(kind)}})
`,
      )
}
