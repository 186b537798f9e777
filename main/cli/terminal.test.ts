// A recorded program on a terminal: it types and reads as without us, and Ctrl-C reaches it once.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onPath, recipesPython } from '../run/find-python.ts'
import { root } from '../run/root.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-terminal-'))
const door = join(root, 'main', 'interleave.mjs')
const env = { ...process.env, INTERLEAVE_HOME: folder }
let python: string
beforeAll(async () => {
  python = (await recipesPython())!
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a command on a terminal of its own, types an answer to each thing it says; prints what came and the exit code. */
const terminal = `
import os, pty, sys
steps = [("name? ", "Ada\\n"), ("waiting", "\\x03"), ("heard 1", "\\x03"), ("heard 2", "done\\n")]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = ""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    said += part.decode(errors="replace")
    if steps and steps[0][0] in said:
        os.write(fd, steps.pop(0)[1].encode())
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(said)
print("exit", code)
`
const program = `
import signal, sys, threading
heard = []
signal.signal(signal.SIGINT, lambda *_: (heard.append(1), print("heard", len(heard), flush=True)))
print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty())
print("hello", input("name? "), flush=True)
print("waiting", flush=True)
print("then", sys.stdin.readline().strip())
sys.exit(len(heard))
`

/** Whatever Node is on the PATH: where it is too old for the database driver the door runs another one in between. */
const outside = process.env['PATH']!.split(delimiter).filter((path) => !path.includes('node_modules'))
const installed = onPath('node', folder, { PATH: outside.join(delimiter) })!

test.each([process.execPath, installed])('under %s it reads what is typed, and each Ctrl-C reaches it once', (node) => {
  writeFileSync(join(folder, 'asks.py'), program)
  const { stdout, stderr } = spawnSync(
    python,
    ['-c', terminal, node, door, 'record', python, join(folder, 'asks.py')],
    { env, encoding: 'utf8', timeout: 60_000 },
  )
  expect(stderr).toBe('')
  expect(stdout).toContain('True True True')
  expect(stdout).toContain('hello Ada')
  expect(stdout).toContain('then done')
  expect(stdout).not.toContain('heard 3')
  expect(stdout).toMatch(/exit 2\n$/)
  expect(stdout).toMatch(/interleave: .*asks-.*\.sqlite \(/)
})

test('a slow reader of its output does not make its writes fail', () => {
  const loud = 'import sys\nfor i in range(20000): sys.stdout.write(f"{i} " + "x" * 90 + "\\n")'
  writeFileSync(join(folder, 'loud.py'), loud)
  const line = `"${process.execPath}" "${door}" record "${python}" "${join(folder, 'loud.py')}" 2> "${folder}/err" | (sleep 0.3; wc -l)`
  const { stdout } = spawnSync('sh', ['-c', line], { env, encoding: 'utf8', timeout: 60_000 })
  expect(stdout.trim()).toBe('20000')
})
