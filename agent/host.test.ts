// Each process says on which machine it runs and which clock it reads: namespaces of this kernel stand for other machines.
// As root they are there, so nothing is skipped on CI; anybody else needs a kernel that lets users make them.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'

const python = pythons.at(-1)!
const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
const refused = asUser.length > 0 && spawnSync('unshare', [...asUser, '--time', '--uts', 'true']).status !== 0
if (refused) console.warn('This kernel lets only root make namespaces: the clocks of other hosts are not tested.')
const elsewhere = (...how: string[]) => JSON.stringify(['unshare', ...asUser, ...how])

test('a child on the same machine reads the same clock', () => {
  const { processes } = record(python, `import subprocess, sys; subprocess.run([sys.executable, "-c", "pass"])`)
  expect(processes).toHaveLength(2)
  const [first, child] = processes.map(({ about }) => about)
  expect(first!.host).toBe(spawnSync('uname', ['-n'], { encoding: 'utf8' }).stdout.trim())
  expect(first!.clock).toMatch(/^[0-9a-f-]{36} \d+ -?\d+$/)
  expect([child!.host, child!.clock]).toEqual([first!.host, first!.clock])
})

test.skipIf(refused)('a container has a name of its own, and the clock of its machine', () => {
  const { processes } = record(
    python,
    `
import subprocess, sys
subprocess.run(${elsewhere('--uts')} + ["sh", "-c", 'hostname node2; exec "$0" -c pass', sys.executable], check=True)
`,
  )
  const [first, child] = processes.map(({ about }) => about)
  expect(child!.host).toBe('node2')
  expect(child!.clock).toBe(first!.clock)
})

test.skipIf(refused)('in another time namespace it is another clock, and what is shared is counted apart', () => {
  const source = `
import multiprocessing, os, subprocess, sys
lock = multiprocessing.get_context("fork").Lock()
with lock:
    pass
if len(sys.argv) == 1:
    subprocess.run(${elsewhere('--time', '--monotonic', '500')} + [sys.executable, __file__, "there"], check=True)
print(sum(name.endswith(".page") for name in os.listdir(os.environ["INTERLEAVE_RUN"])))
`
  const { processes, out, err } = record(python, source)
  expect(err).toBe('')
  expect(out.trim().split('\n')).toEqual(['2', '2'])
  const [first, child] = processes.map(({ about }) => about)
  expect(child!.clock).not.toBe(first!.clock)
  expect(child!.clock).toMatch(/ 500$/)
  expect(Number(BigInt(child!.monotonic) - BigInt(first!.monotonic))).toBeGreaterThan(499e9)
})
