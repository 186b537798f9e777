// A suite of tests as the recorded program: pytest with threads in its tests, and with its tests in four threads at once
// (pytest-run-parallel). What it prints and its exit code are its own; a lock order that one test inverts fails the check.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recipesPython } from '../run/find-python.ts'
import { root } from '../run/root.ts'

const packages = ['pytest==9.2.0', 'pytest-run-parallel==0.10.0']
const folder = mkdtempSync(join(tmpdir(), 'interleave-pytest-'))
const door = join(root, 'main', 'interleave.mjs')
const pytest = join(folder, 'venv/bin/pytest')
/** why there is no pytest */
let missing = ''
beforeAll(async () => {
  const must = (file: string, ...args: string[]) => {
    const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr || String(error))
  }
  must((await recipesPython())!, '-m', 'venv', join(folder, 'venv'))
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', ...packages]
  try {
    must(join(folder, 'venv/bin/python'), ...pip)
  } catch (error) {
    // no index to be had is no fault of ours; whatever else pip says is
    if (!/NewConnectionError|Could not find a version|ConnectTimeout|Name or service/.test(String(error))) throw error
    missing = 'no package index can be reached, so there is no pytest to record'
  }
  writeFileSync(join(folder, 'bank.py'), bank)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true }))

const bank = `
import threading

class Account:
    def __init__(self, balance):
        self.lock = threading.Lock()
        self.balance = balance

def deposit(account, amount):
    with account.lock:
        account.balance += amount

def transfer(source, target, amount):
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount
`
const deposits = `
import threading
from concurrent.futures import ThreadPoolExecutor
from bank import Account, deposit, transfer

def test_deposits_of_four_threads():
    account = Account(0)
    together = threading.Barrier(4)
    def work(n):
        together.wait()
        for _ in range(n): deposit(account, 1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [250] * 4))
    assert account.balance == 1000
`
const transfers = `
def test_there_and_back():
    checking, savings = Account(100), Account(100)
    went = threading.Event()
    def there():
        transfer(checking, savings, 10)
        went.set()
    def back():
        went.wait()
        transfer(savings, checking, 10)
    threads = [threading.Thread(target=f) for f in (there, back)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert checking.balance == savings.balance == 100
`
const failing = '\ndef test_that_fails():\n    assert 1 + 1 == 3\n'

function suite(source: string, ...args: string[]) {
  writeFileSync(join(folder, 'test_bank.py'), source)
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const options = { cwd: folder, env, encoding: 'utf8' as const, timeout: 120_000 }
  const command = [pytest, '-q', '-p', 'no:cacheprovider', ...args, 'test_bank.py']
  const check = ['record', '--fail-on', 'lock-order,deadlock', '--report', 'report.json', '-o', 'suite.sqlite', '--']
  const plain = spawnSync(command[0]!, command.slice(1), options)
  const recorded = spawnSync(process.execPath, [door, ...check, ...command], options)
  /** but for how long it took */
  const said = (text: string) => text.replace(/in \d+\.\d+s/g, 'in a moment')
  expect(said(recorded.stdout)).toBe(said(plain.stdout))
  const told = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
  return { plain: plain.status, recorded: recorded.status, stderr: recorded.stderr, stdout: recorded.stdout, told }
}

for (const args of [[], ['--parallel-threads=4']]) {
  const how = args.length > 0 ? 'its tests in 4 threads each' : 'threads in its tests'
  test(`pytest with ${how}: 0 without a fault`, ({ skip }) => {
    if (missing) skip(missing)
    const { plain, recorded, told, stdout } = suite(deposits, ...args)
    expect({ plain, recorded }).toEqual({ plain: 0, recorded: 0 })
    expect(stdout).toContain('1 passed')
    expect(told.summary).toMatchObject({ name: 'pytest', exit: 0 })
    expect(told.summary.threads).toBeGreaterThanOrEqual(args.length > 0 ? 1 + 4 * 5 : 1 + 4)
    expect(told.rules.find((r: { rule: string }) => r.rule === 'lock-order').answer).toBe('clear')
  })
  test(`pytest with ${how}: 3 when one test inverts the order of two locks, at its lines`, ({ skip }) => {
    if (missing) skip(missing)
    const { plain, recorded, stderr, told } = suite(deposits + transfers, ...args)
    expect({ plain, recorded }).toEqual({ plain: 0, recorded: 3 })
    expect(stderr).toContain('interleave: failed: lock-order found something (1 finding), exit code 3')
    const { places } = told.findings.find((f: { rule: string }) => f.rule === 'lock-order')
    expect(places.map((p: { file: string; text: string }) => `${p.file} ${p.text}`)).toEqual([
      'bank.py with source.lock:',
      'bank.py with target.lock:',
    ])
  })
  test(`pytest with ${how}: a test that fails gives pytest's own code, with the fault and without`, ({ skip }) => {
    if (missing) skip(missing)
    expect(suite(deposits + failing, ...args)).toMatchObject({ plain: 1, recorded: 1 })
    expect(suite(deposits + transfers + failing, ...args)).toMatchObject({ plain: 1, recorded: 1 })
  })
}
