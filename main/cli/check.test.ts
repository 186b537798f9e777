// A recording as a check: --fail-on, reports in files, repeated runs and their comparison, on real programs.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { comparisonSchema } from '../exchange/compare-json.ts'
import { reportSchema } from '../exchange/json.ts'
import { fails, parseFailOn } from './fail-on.ts'
import { recipesPython } from '../run/find-python.ts'
import { recipeFile } from '../run/recipes.ts'
import { root } from '../run/root.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-check-'))
const door = join(root, 'main', 'interleave.mjs')
const env = { ...process.env, INTERLEAVE_HOME: join(folder, 'home'), NO_COLOR: '1' }
let python: string
beforeAll(async () => {
  python = (await recipesPython())!
  interleave('--help')
})
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

function interleave(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}
const script = (name: string, text: string) => {
  writeFileSync(at(name), text)
  return at(name)
}
/** Two threads that take two locks in opposite orders, one after the other. */
const inverted = (rest = '') => `
import threading
a = threading.Lock()
b = threading.Lock()
first = threading.Event()
def there():
    with a:
        with b: pass
    first.set()
def back():
    first.wait()
    with b:
        with a: pass
threads = [threading.Thread(target=f) for f in (there, back)]
for t in threads: t.start()
for t in threads: t.join()
${rest}`
const calm = 'import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\n'

test('what --fail-on takes: rules, any, and the least share of the run', () => {
  const failing = (text: string, weight: number) => fails({ rule: 'contention', weight }, parseFailOn(text))
  expect([failing('contention', 0.01), failing(' deadlock , contention:5% ', 0.05), failing('any:5 %', 0.04)]).toEqual([
    true,
    true,
    false,
  ])
  expect([failing('contention:20%,contention:5%', 0.1), failing('deadlock', 1), failing('any', 0)]).toEqual([
    true,
    false,
    true,
  ])
  for (const wrong of [
    'contention:',
    'contention:20',
    'contention:-1%',
    'contention:101%',
    'contention:5%:5%',
    'Deadlock',
    ':5%',
    '',
    ' , ',
  ])
    expect(() => parseFailOn(wrong), wrong).toThrow(/the rules are|share of the run/)
})

describe('record --fail-on', () => {
  test('3 when a named rule found something, with the sentence; not for another rule', () => {
    const file = script('inverted.py', inverted())
    const named = interleave('record', '--fail-on', 'deadlock,lock-order', '-o', at('i.sqlite'), python, file)
    expect(named.status).toBe(3)
    expect(named.stderr).toMatch(/\ninterleave: failed: lock-order found something \(1 finding\), exit code 3\n$/)
    expect(interleave('record', '--fail-on', 'any', '-o', at('i.sqlite'), python, file).status).toBe(3)
    const other = interleave('record', '--fail-on', 'deadlock', '-o', at('i.sqlite'), python, file)
    expect(other.status).toBe(0)
    expect(other.stderr).toContain('lock-order: ')
    expect(interleave('record', '--fail-on', 'any', '-o', at('c.sqlite'), python, script('calm.py', calm)).status).toBe(
      0,
    )
  })
  test("the program's own exit code wins", () => {
    const file = script('exits.py', inverted('raise SystemExit(7)'))
    const { status, stderr } = interleave('record', '--fail-on', 'lock-order', '-o', at('e.sqlite'), python, file)
    expect(status).toBe(7)
    expect(stderr).toContain("failed: lock-order found something (1 finding), exit code 7, the program's\n")
  })
  test('a mistake costs no run; a check that saw nothing does not pass', () => {
    const file = script('ran.py', `open(${JSON.stringify(at('ran'))}, 'w')`)
    const wrong = (...args: string[]) => interleave('record', ...args, python, file)
    expect(wrong('--fail-on', 'dedlock')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the rules are any, deadlock'),
    })
    expect(wrong('--fail-on', 'contention:much')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('contention:20%'),
    })
    expect(wrong('--fail-on', ',')).toMatchObject({ status: 2 })
    expect(wrong('--report', 'report.html')).toMatchObject({ status: 2, stderr: expect.stringContaining('FILE.sarif') })
    expect(wrong('--report', 'none/report.md')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('does not exist'),
    })
    expect(existsSync(at('ran'))).toBe(false)
    const unseen = interleave('record', '--fail-on', 'any', python, '-I', '-c', 'pass')
    expect(unseen).toMatchObject({ status: 125, stderr: expect.stringContaining('no recording to check') })
  })
  test('a program that hangs and is stopped from outside is checked too: the deadlock is in the report', () => {
    const file = script(
      'hangs.py',
      `
import threading
a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)
def work(first, second):
    with first:
        both.wait()
        with second: pass
for pair in ((a, b), (b, a)): threading.Thread(target=work, args=pair).start()
`,
    )
    const args = ['record', '--fail-on', 'deadlock', '--report', 'hangs.json', '-o', 'hangs.sqlite', '--']
    expect(interleave(...args, 'timeout', '2', python, file).status).toBe(124)
    expect(JSON.parse(readFileSync(at('hangs.json'), 'utf8')).failed).toEqual(['deadlock'])
  })
  test('reports by the endings of their files, several at once, also when the check fails', () => {
    const reports = ['r.md', 'r.xml', 'r.sarif', 'r.json', 'r.txt'].flatMap((name) => ['--report', name])
    const file = script('inverted.py', inverted())
    expect(interleave('record', '--fail-on', 'lock-order', ...reports, '-o', 'i.sqlite', python, file).status).toBe(3)
    const read = (name: string) => readFileSync(at(name), 'utf8')
    expect(read('r.md')).toContain('| ❌ | lock-order | ')
    expect(read('r.xml')).toContain('<failure message=')
    expect(read('r.txt')).toContain('1. lock-order: a and b')
    const { failed, findings } = reportSchema.parse(JSON.parse(read('r.json')))
    expect(failed).toEqual(['lock-order'])
    expect(findings[0]!.places.map(({ file, line, text }) => `${file}:${line} ${text}`)).toEqual([
      'inverted.py:7 with a:',
      'inverted.py:8 with b: pass',
      'inverted.py:12 with b:',
      'inverted.py:13 with a: pass',
    ])
    const [result] = JSON.parse(read('r.sarif')).runs[0].results
    expect(result).toMatchObject({ ruleId: 'lock-order', level: 'error' })
    expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe('inverted.py')
  })
  test("GitHub's step summary is Markdown and is added to; the repository is where .git is", () => {
    mkdirSync(at('repository/.git'), { recursive: true })
    mkdirSync(at('repository/service'))
    script('repository/service/inverted.py', inverted())
    script('step_summary_1', 'before\n')
    const args = [
      'record',
      '--report',
      at('step_summary_1'),
      '--report',
      's.json',
      '-o',
      's.sqlite',
      python,
      'inverted.py',
    ]
    const { status, stderr } = spawnSync(process.execPath, [door, ...args], {
      cwd: at('repository/service'),
      env: { ...env, GITHUB_STEP_SUMMARY: at('step_summary_1') },
      encoding: 'utf8',
    })
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(readFileSync(at('step_summary_1'), 'utf8')).toMatch(/^before\n### Interleave: inverted: 1 finding\n/)
    const { root: at_, findings } = JSON.parse(readFileSync(at('repository/service/s.json'), 'utf8'))
    expect(at_).toBe(at('repository'))
    expect(findings[0].places[0].file).toBe('service/inverted.py')
  })
})

describe('report', () => {
  beforeAll(() => void interleave('record', '-o', 'report.sqlite', python, script('inverted.py', inverted())))
  test('formats, on stdout and in a file', () => {
    expect(interleave('report', 'report.sqlite', '--format', 'junit').stdout).toMatch(/^<\?xml/)
    expect(interleave('report', 'report.sqlite', '--format', 'markdown').stdout).toMatch(/^### Interleave: inverted/)
    expect(interleave('report', 'report.sqlite', '--format', 'json').stdout).toBe(
      interleave('report', 'report.sqlite', '--json').stdout,
    )
    expect(interleave('report', 'report.sqlite', '-o', 'o.sarif')).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(JSON.parse(readFileSync(at('o.sarif'), 'utf8')).version).toBe('2.1.0')
    expect(interleave('report', 'report.sqlite', '--format', 'pdf')).toMatchObject({ status: 2, stdout: '' })
  })
  test('every finding has a line, also where it is of what leaves no slice', () => {
    const args = ['record', '--report', 'polling.json', '-o', 'polling.sqlite', python, recipeFile('threading/polling')]
    expect(interleave(...args).status).toBe(0)
    const { findings } = reportSchema.parse(JSON.parse(readFileSync(at('polling.json'), 'utf8')))
    expect(findings.map(({ places }) => places[0]?.text).sort()).toEqual([
      'sweet = journey.sweets.get_nowait()',
      expect.stringContaining('time.sleep('),
    ])
  })
  test('the schema is printed without a trace, and the report keeps it', () => {
    const schema = z.fromJSONSchema(JSON.parse(interleave('report', '--schema').stdout))
    const { stdout, status, stderr } = interleave('report', 'report.sqlite', '--json', '--fail-on', 'lock-order:50%')
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'interleave: failed: lock-order found something (1 finding), exit code 3\n',
    })
    expect(schema.safeParse(JSON.parse(stdout)).error).toBeUndefined()
    expect(interleave('report', 'report.sqlite', '--fail-on', 'lock-order:51%').status).toBe(0)
  })
})

describe('record --repeat and compare', () => {
  beforeAll(() => {
    for (const name of ['lock_contention', 'lock_contention_fixed']) {
      const file = recipeFile(`threading/${name}`)
      const { status, stderr } = interleave('record', '--repeat', '3', '-o', `${name}.sqlite`, python, file)
      expect(status).toBe(0)
      expect(stderr).toMatch(/\ninterleave: 3 runs, \S+ m?s on average, ±\S+ [mµ]s \(/)
    }
  })
  test('a trace each; the comparison says that the contention is gone, and what it cannot show', () => {
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([1, 2, 3].map((n) => `lock_contention-${n}.sqlite`)))
    const told = interleave('compare', 'lock_contention.sqlite', 'lock_contention_fixed.sqlite')
    expect(told).toMatchObject({ status: 0, stderr: '' })
    expect(told.stdout).toContain('before  lock_contention: 3 runs')
    expect(told.stdout).toMatch(
      /\n {2}gone: contention: Bank\.lock \(lock_contention\.py:\d+\) \(in none of 3, in 3 of 3/,
    )
    // "probably" where other programs kept the machine busier on one of the sides
    expect(told.stdout).toMatch(/\n {2}(probably )?better .*Bank\.lock \(lock_contention\.py:\d+\)\n/)
    // rows of the table are as wide as their figures and names
    const text = told.stdout.split('\n').filter((line) => !line.includes(' → '))
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(100)
    const back = interleave(
      'compare',
      'lock_contention_fixed.sqlite',
      'lock_contention.sqlite',
      '--json',
      '--fail-on',
      'new',
    )
    expect(back).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^interleave: failed: \d findings? new, exit code 3\n$/),
    })
    const { findings } = comparisonSchema.parse(JSON.parse(back.stdout))
    expect(findings.find((f) => f.rule === 'contention')).toMatchObject({ change: 'new', sure: true })
    const schema = z.fromJSONSchema(JSON.parse(interleave('compare', '--schema').stdout))
    expect(schema.safeParse(JSON.parse(back.stdout)).error).toBeUndefined()
  })
  test('single traces, folders, what is not there, and --fail-on worse without the noise', () => {
    const [a, b] = ['lock_contention-1.sqlite', 'lock_contention_fixed-1.sqlite']
    expect(interleave('compare', a, b).stdout).toContain('There is one run on each side')
    expect(interleave('compare', a, b, '--fail-on', 'worse')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--repeat 5'),
    })
    expect(interleave('compare', a, b, '--fail-on', 'slower')).toMatchObject({ status: 2 })
    expect(interleave('compare', 'lock_contention.sqlite', 'none.sqlite')).toMatchObject({
      status: 1,
      stderr: 'interleave: there is no trace none.sqlite, and no none-1.sqlite\n',
    })
    expect(interleave('compare', a)).toMatchObject({ status: 2 })
    mkdirSync(at('empty'))
    expect(interleave('compare', a, 'empty').stderr).toContain('there is no trace in the folder empty')
  })
  test('it ends at the first run that fails, and what a longer repetition left is not taken for its own', () => {
    const file = script(
      'third.py',
      `import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nwith open('count', 'a+') as f:\n    f.write('x')\n    f.seek(0)\n    raise SystemExit(4 if len(f.read()) == 3 else 0)`,
    )
    const { status, stderr } = interleave('record', '--repeat', '5', '-o', 'third.sqlite', python, file)
    expect(status).toBe(4)
    expect(stderr).toContain('interleave: ended with run 3 of 5, which failed')
    expect(existsSync(at('third-3.sqlite'))).toBe(true)
    expect(existsSync(at('third-4.sqlite'))).toBe(false)
    expect(interleave('record', '--repeat', '2', '-o', 'third.sqlite', python, file).status).toBe(0)
    const { before } = JSON.parse(interleave('compare', 'third.sqlite', 'third-1.sqlite', '--json').stdout)
    expect(before.runs).toHaveLength(2)
  })
  test('Ctrl-C ends the run and the repetition', async () => {
    const file = script(
      'waits.py',
      `import os, threading\ntry:\n    os.write(1, b'ready\\n')\n    threading.Event().wait()\nexcept KeyboardInterrupt:\n    print('ended')\n`,
    )
    const args = ['record', '--repeat', '3', '-o', 'waits.sqlite', python, file]
    const child = spawn(process.execPath, [door, ...args], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    let said = ''
    child.stdout.on('data', (text) => {
      said += text
      if (String(text).includes('ready')) process.kill(-child.pid!, 'SIGINT')
    })
    const [code] = await once(child, 'exit')
    expect([code, said]).toEqual([0, 'ready\nended\n'])
    expect(existsSync(at('waits-2.sqlite'))).toBe(false)
  })
})
