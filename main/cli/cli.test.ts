// The real door, the real agent, real programs: what a person types and what comes back.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants, hostname, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onPath, recipesPython } from '../run/find-python.ts'
import { root } from '../run/root.ts'
import { readyCore } from './core.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave cli ü '))
const home = join(folder, 'traces')
const door = join(root, 'main', 'interleave.mjs')
const env = { ...process.env, INTERLEAVE_HOME: home, NO_COLOR: '1', PYTHONDONTWRITEBYTECODE: '1' }
const trace = join(folder, 'my trace ü.sqlite')
let python: string
let recorded: ReturnType<typeof interleave>
beforeAll(async () => {
  python = (await recipesPython())!
  // builds what is stale, with a line on stderr that no test expects
  interleave(['--help'])
  const file = script('dir with space/prögram.py', threads)
  const args = ['record', '-o', trace, '--', python, file, '--live', 'a b', 'ключ', '--json']
  recorded = interleave(args, { input: 'typed' })
})
afterAll(() => rmSync(folder, { recursive: true }))

function interleave(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; node?: string; input?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(options.node ?? process.execPath, [door, ...args], {
    cwd: options.cwd ?? folder,
    env: { ...env, ...options.env },
    encoding: 'utf8',
    input: options.input ?? '',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}
const script = (name: string, text: string) => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
const record = (name: string, text: string, ...args: string[]) =>
  interleave(['record', python, script(name, text), ...args])
const rows = (trace: string, sql: string) => JSON.parse(interleave(['query', trace, sql, '--json']).stdout)
/** The path that record printed. */
const traceOf = (stderr: string) => /^interleave: (.+\.sqlite) \(/m.exec(stderr)?.[1] ?? ''

const threads = `
import sys, threading, time
lock = threading.Lock()
def work():
    for _ in range(50):
        with lock:
            time.sleep(0.001)
workers = [threading.Thread(target=work, name=f'arbeiter-{i}') for i in range(3)]
for w in workers: w.start()
for w in workers: w.join()
print('out', sys.argv[1:], sys.stdin.read())
print('err', file=sys.stderr)
sys.exit(7)
`

test('record: the program keeps its streams, arguments and exit code; the trace has what its threads did', () => {
  const { status, stdout, stderr } = recorded
  expect(stdout).toBe("out ['--live', 'a b', 'ключ', '--json'] typed\n")
  expect(stderr).toMatch(/^err\n/m)
  expect(stderr).toContain(`interleave: ${trace} (`)
  expect(status).toBe(7)
  expect(existsSync(`${trace}.run`)).toBe(false)
  expect(rows(trace, "SELECT name FROM object WHERE kind = 'thread' ORDER BY name")).toEqual(
    ['MainThread', 'arbeiter-0', 'arbeiter-1', 'arbeiter-2'].map((name) => ({ name })),
  )
  const [{ held }] = rows(trace, "SELECT count(*) AS held FROM hold WHERE object = 'lock'")
  expect(held).toBe(150)
})

test('record: the trace has the name of the program and the time, in the folder of traces', () => {
  const { stderr } = record('bank.py', 'print(1)')
  expect(traceOf(stderr)).toMatch(/bank-\d{4}-\d\d-\d\d-\d{6}(-\d)?\.sqlite$/)
  expect(dirname(traceOf(stderr))).toBe(home)
})

test('record: an uncaught exception, a signal of its own and sys.exit(text) end as without us', () => {
  const raised = record('raises.py', 'def f():\n    raise ValueError("no")\nf()\n')
  expect(raised.status).toBe(1)
  const plain = spawnSync(python, [join(folder, 'raises.py')], { encoding: 'utf8' })
  expect(raised.stderr).toContain(plain.stderr)
  expect(record('kills.py', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)').status).toBe(128 + 9)
  expect(record('aborts.py', 'import os\nos.abort()').status).toBe(128 + constants.signals.SIGABRT)
  expect(record('says.py', 'raise SystemExit("bye")')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^bye\n/m),
  })
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)('record: %s reaches the program once', async (name) => {
  const file = script(
    'counts.py',
    `
import signal, sys, threading
got = []
done = threading.Event()
def hear(number, frame):
    got.append(number)
    print('heard', flush=True)
signal.signal(signal.${name}, hear)
signal.signal(signal.SIGUSR2, lambda *_: sys.exit(len(got) + 40))
print('ready', flush=True)
while True:
    done.wait(0.01)
`,
  )
  const child = spawn(process.execPath, [door, 'record', python, file], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  const saying = (word: string) =>
    new Promise<void>((resolve) => {
      const look = () => said.includes(word) && resolve()
      child.stdout.on('data', look)
      look()
    })
  child.stdout.on('data', (text) => (said += text))
  await saying('ready')
  child.kill(name)
  await saying('heard')
  child.kill('SIGUSR2')
  const [code] = await once(child, 'exit')
  expect(code).toBe(41)
})

test('record: a virtual environment, a script with a shebang, python -m and children are recorded', () => {
  const venv = join(folder, 'venv')
  expect(spawnSync(python, ['-m', 'venv', '--without-pip', venv]).status).toBe(0)
  const inVenv = interleave(['record', 'venv/bin/python', '-c', 'import sys; print(sys.prefix)'])
  expect(inVenv.stdout.trim()).toBe(venv)
  expect(traceOf(inVenv.stderr)).not.toBe('')
  const tool = script('venv/bin/tool', `#!${python}\nprint('tool')\n`)
  spawnSync('chmod', ['+x', tool])
  const shebang = interleave(['record', 'tool'], { env: { PATH: join(venv, 'bin') + delimiter + process.env['PATH'] } })
  expect(shebang.stdout).toBe('tool\n')
  expect(traceOf(shebang.stderr)).toMatch(/\/tool-/)
  script('package/__main__.py', 'print(__name__, __package__)')
  const module = interleave(['record', python, '-m', 'package'])
  expect(module.stdout).toBe('__main__ package\n')
  expect(traceOf(module.stderr)).toMatch(/\/package-/)
  const shell = interleave(['record', 'sh', '-c', `"${python}" -c 'print(1)'; "${python}" -c 'print(2)'; exit 3`])
  expect(shell).toMatchObject({ status: 3, stdout: '1\n2\n' })
  expect(rows(traceOf(shell.stderr), 'SELECT count(*) AS n FROM process')).toEqual([{ n: 2 }])
})

test('record: what loads no agent runs as it is, and one sentence says why nothing was recorded', () => {
  const before = readdirSync(home)
  const isolated = interleave(['record', python, '-I', '-c', 'raise SystemExit(5)'])
  expect(isolated.status).toBe(5)
  expect(isolated.stderr).toMatch(/^interleave: nothing was recorded: python\S* was started with -I, which.+\n$/)
  const other = interleave(['record', 'sh', '-c', 'exit 4'])
  expect(other.status).toBe(4)
  expect(other.stderr).toMatch(/^interleave: nothing was recorded: sh is not a Python program.+\n$/)
  expect(readdirSync(home)).toEqual(before)
})

test('record: what cannot be run or written is one sentence, and the program does not run', () => {
  expect(interleave(['record', 'no-such-program'])).toEqual({
    status: 127,
    stdout: '',
    stderr: 'interleave: no-such-program was not found on the PATH: check how it is written, or give its whole path\n',
  })
  const file = script('plain.py', 'print("ran")')
  expect(interleave(['record', './plain.py'])).toMatchObject({
    status: 126,
    stdout: '',
    stderr: expect.stringContaining('python3 ./plain.py'),
  })
  const into = (output: string) => interleave(['record', '-o', output, python, file])
  expect(into(join(folder, 'none', 'x.sqlite'))).toMatchObject({
    status: 125,
    stdout: '',
    stderr: expect.stringMatching(/folder .* does not exist.*\n$/),
  })
  expect(into(file)).toMatchObject({
    status: 125,
    stdout: '',
    stderr: expect.stringMatching(/is not an Interleave trace/),
  })
  expect(interleave(['record']).status).toBe(2)
  expect(interleave(['record', '--stack', 'deep', 'true'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('whole number'),
  })
})

test('query: a table, JSON, CSV; and a mistake is a sentence', () => {
  const sql = "SELECT 1 AS one, 'a,\"b' AS text, NULL AS none, '' AS empty"
  expect(interleave(['query', trace, sql, '--csv']).stdout).toBe('one,text,none,empty\r\n1,"a,""b",,""\r\n')
  expect(rows(trace, sql)).toEqual([{ one: 1, text: 'a,"b', none: null, empty: '' }])
  expect(interleave(['query', trace, "SELECT 22 AS n, name FROM object WHERE kind = 'thread' LIMIT 1"]).stdout).toBe(
    ' n  name\n──  ──────────\n22  MainThread\n',
  )
  expect(interleave(['query', trace, 'DELETE FROM object'])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^interleave: Only questions.+\n$/),
  })
  expect(interleave(['query', trace, 'SELECT colour FROM object'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no such column'),
  })
  expect(interleave(['query', join(folder, 'none.sqlite'), 'SELECT 1'])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^interleave: there is no trace .+\n$/),
  })
  expect(interleave(['query', script('text.sqlite', 'text'), 'SELECT 1'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is not a trace'),
  })
})

test('report: text, JSON, and exit code 3 for a rule that found something', () => {
  const text = interleave(['report', trace])
  expect(text).toMatchObject({ status: 0, stderr: '' })
  expect(text.stdout).toContain('contention: lock')
  expect(JSON.parse(interleave(['report', trace, '--json']).stdout)).toMatchObject({ summary: { exit: 7, threads: 4 } })
  expect(interleave(['report', trace, '--fail-on', 'deadlock,contention']).status).toBe(3)
  expect(interleave(['report', trace, '--fail-on', 'deadlock']).status).toBe(0)
  expect(interleave(['report', trace, '--fail-on', 'dedlock'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('deadlock'),
  })
})

test('recipes: what a chapter needs is installed where it is asked for', () => {
  expect(interleave(['recipes', 'install'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^interleave: name a chapter, or --all \(chapters that need packages: celery, .*scoop\)$/m,
    ),
  })
  expect(interleave(['recipes', 'install', 'threading'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('threading needs no packages'),
  })
  expect(interleave(['recipes', 'install', 'cooking'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('there is no chapter cooking'),
  })
})

test('recipes: listed, shown, run by a part of the name', () => {
  const { stdout } = interleave(['recipes'])
  expect(stdout).toContain('threading/lock_contention\n')
  expect(interleave(['recipes', 'show', 'lock_contention']).stdout).toContain('import threading')
  expect(interleave(['recipes', 'show', 'nothing'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no recipe nothing'),
  })
  const run = interleave(['recipes', 'run', 'lock_contention', '-o', 'recipe.sqlite'])
  expect(run.status).toBe(0)
  expect(run.stderr).toContain(`interleave: ${join(folder, 'recipe.sqlite')} (`)
})

test('doctor: what works, for people and for programs', async () => {
  await readyCore() // so that each Python can be asked
  const { status, stdout } = interleave(['doctor', '--json'])
  const answer = JSON.parse(stdout)
  expect(status).toBe(answer.ok ? 0 : 1)
  expect(answer.recipesPython).toBe(python)
  expect(answer.checks.map((check: { name: string }) => check.name)).toContain('C compiler')
  const gil = answer.checks.find((check: { name: string }) => check.name === 'GIL')
  expect(gil.found).toMatch(/^seen exactly in 3\.\d+\.\d+/)
  expect(interleave(['doctor']).stdout).toContain(process.versions.node)
})

test('help and mistakes: every command documents its exit codes, a wrong word is one line', () => {
  for (const command of ['record', 'open', 'report', 'compare', 'query', 'recipes', 'doctor']) {
    const help = interleave([command, '--help'])
    expect(help.status).toBe(0)
    expect(help.stdout).toContain('Exit codes')
  }
  expect(interleave(['reckord'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^interleave: unknown command.+/),
  })
  expect(interleave(['report'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^interleave: missing required argument/),
  })
})

test('open: without a display it is a page, for one sentence; it ends when it is asked to', async () => {
  const bare: NodeJS.ProcessEnv = { ...env, PATH: process.env['PATH'] }
  delete bare['DISPLAY']
  delete bare['WAYLAND_DISPLAY']
  const child = spawn(process.execPath, [door, 'open', trace], { env: bare, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complained = ''
  child.stderr.on('data', (text) => (complained += text))
  const ended = once(child, 'exit')
  for await (const text of child.stdout) {
    said += text
    if (said.endsWith('\n')) break
  }
  expect(said).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=\w+&open=/)
  expect((await fetch(said.trim())).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(complained).toMatch(/^interleave: no window, because there is no display .+\n/)
})

test('open: a trace that is not there or is none is one sentence, not a window', () => {
  expect(interleave(['open', join(folder, 'none.sqlite')])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('there is no trace'),
  })
  expect(interleave(['open', script('words.sqlite', 'words')])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('is not a trace'),
  })
})

test('the door opens through a link, from any folder, under whatever Node is on the PATH', () => {
  const link = join(folder, 'interleave')
  symlinkSync(door, link)
  const others = process.env['PATH']!.split(delimiter).filter((path) => !path.includes('node_modules'))
  const node = onPath('node', folder, { PATH: others.join(delimiter) })!
  const { status, stdout } = spawnSync(node, [link, '--help'], {
    cwd: '/',
    env: { ...env, PATH: others.join(delimiter) },
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  expect(stdout).toContain('record')
  const exit = spawnSync(node, [link, 'record', python, '-c', 'raise SystemExit(9)'], {
    cwd: '/',
    env,
    encoding: 'utf8',
  })
  expect(exit.status).toBe(9)
})

test('merge: two programs of one machine need no messages; what it cannot do it says', () => {
  const other = join(folder, 'other.sqlite')
  const all = join(folder, 'all.sqlite')
  const said = record('other.py', 'import threading; threading.Thread(target=print).start()')
  const path = traceOf(said.stderr)
  expect(interleave(['merge', trace, path]).status).toBe(2)
  expect(interleave(['merge', trace, '-o', all])).toMatchObject({ status: 2, stdout: '' })
  expect(interleave(['merge', trace, path, '-o', path]).stderr).toContain('is there already')
  expect(interleave(['merge', trace, other, '-o', all]).stderr).toContain('There is no trace')
  const done = interleave(['merge', trace, path, '-o', all])
  expect(done).toMatchObject({ status: 0, stdout: `${hostname()}: its clock is that of the trace\n` })
  expect(done.stderr).toContain(`interleave: ${all} (1 host, `)
  const [{ n }] = rows(all, 'SELECT count(*) AS n FROM process')
  expect(n).toBe(2)
  // the second began after the first, by the clock that both read
  expect(rows(all, 'SELECT id FROM process ORDER BY start').map(({ id }: { id: number }) => id)).toEqual([1, 2])
})
