// Long work on a terminal: it says how far it has got, and Ctrl-C ends it between two turns.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'interleave-reading-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command on a terminal of its own and presses Ctrl-C once it has said the word. */
const terminal = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said, pressed = '', False
while True:
    try: part = os.read(fd, 4096)
    except OSError: break
    if not part: break
    said += part.decode()
    if sys.argv[1] in said and not pressed:
        pressed = True
        os.write(fd, b'\\x03')
print(repr(said))
print('exit', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
const program = (work: string) => {
  const path = join(folder, 'long.mjs')
  writeFileSync(
    path,
    `import { reading } from ${JSON.stringify(join(import.meta.dirname, 'reading.ts'))}
try {
  console.log(await reading('reading it', ${work}))
} catch (error) {
  console.log(error.message)
  process.exit(error.exitCode)
}`,
  )
  return path
}

test('after two seconds it says how far it is, and Ctrl-C ends it with 130', () => {
  const endless = program('function* (onProgress) { for (;;) { onProgress(0.3); yield } }')
  const { stdout } = spawnSync('python3', ['-c', terminal, '30 %', process.execPath, endless], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stdout).toContain('interleave: reading it: 30 %')
  expect(stdout).toMatch(/\\r\\x1b\[Kinterrupted\\r\\n'\nexit 130\n$/)
})

test('what is short says nothing but its answer; into a file nothing is said at all', () => {
  const short = program('function* (onProgress) { onProgress(0.5); yield; return "done" }')
  const { stdout } = spawnSync('python3', ['-c', terminal, 'never', process.execPath, short], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stdout).toBe("'done\\r\\n'\nexit 0\n")
  const long = program(
    'function* (onProgress) { for (const end = performance.now() + 2500; performance.now() < end;) { onProgress(0.5); yield } return "done" }',
  )
  expect(spawnSync(process.execPath, [long], { encoding: 'utf8' })).toMatchObject({
    stdout: 'done\n',
    stderr: '',
    status: 0,
  })
})
