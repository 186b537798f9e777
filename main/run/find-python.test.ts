import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { askPython, closingFlags, findProgram, findPythons, interpreterOf, isNewEnough, onPath } from './find-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-python-'))
afterAll(() => rmSync(folder, { recursive: true }))
const real = onPath('python3', folder, process.env)!
const write = (name: string, text: string, mode = 0o755) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}
mkdirSync(join(folder, 'venv dir', 'bin'), { recursive: true })
const venv = join(folder, 'venv dir', 'bin', 'python')
symlinkSync(real, venv)
const shebang = write('serve', `#!${venv.replaceAll(' ', '_')}\nprint()\n`)
const environment = write('app.py', '#!/usr/bin/env -S python3 -u\nprint()\n')
const long = write('pip-made', `#!/bin/sh\n'''exec' "${venv}" "$0" "$@"\n' '''\nprint()\n`)
write('plain.py', 'print()\n', 0o644)
write('build.sh', '#!/bin/sh\nexec true\n')

const find = (...command: string[]) => {
  const found = findProgram(command, folder, process.env)
  if (found.file === null) return `${found.code}: ${found.sentence}`
  return [found.name, found.python?.flags.join(' ') ?? 'not Python']
}

test.each([
  [
    ['python3', 'my app.py', '--x'],
    ['my app', ''],
  ],
  [
    ['python3', '-u', '-X', 'dev', '-W', 'error', 'src/серверы.py'],
    ['серверы', '-u -X -W'],
  ],
  [
    ['python3', '-m', 'http.server', '8000'],
    ['http.server', ''],
  ],
  [
    ['python3', '-Im', 'http.server'],
    ['http.server', '-I'],
  ],
  [
    ['python3', '-c', 'pass', '-m', 'x'],
    ['python3', ''],
  ],
  [
    ['python3', '-Ec', 'pass'],
    ['python3', '-E'],
  ],
  [
    ['python3', '-'],
    ['python3', ''],
  ],
  [['python3'], ['python3', '']],
  [
    ['venv dir/bin/python', 'a.py'],
    ['a', ''],
  ],
  [
    ['./app.py', '-c'],
    ['app', '-u'],
  ],
  [['./pip-made'], ['pip-made', '']],
  [
    ['./build.sh', 'python3'],
    ['build.sh', 'not Python'],
  ],
  [['true'], ['true', 'not Python']],
])('%j is %j', (command, expected) => expect(find(...command)).toEqual(expected))

test.each([
  [
    ['no-such-program'],
    '127: no-such-program was not found on the PATH: check how it is written, or give its whole path',
  ],
  [['./no-such'], '127: ./no-such was not found: check how it is written, or give its whole path'],
  [['plain.py'], '126: plain.py is not a command: write `python3 plain.py` to run it with Python'],
  [['./venv dir'], '126: ./venv dir cannot be run: it is not an executable file'],
])('%j cannot be run', (command, expected) => expect(find(...command)).toBe(expected))

test('the interpreter of a script is read from its first lines', () => {
  expect(interpreterOf(shebang)).toEqual([venv.replaceAll(' ', '_')])
  expect(interpreterOf(environment)).toEqual(['python3', '-u'])
  expect(interpreterOf(long)).toEqual([venv])
  expect(interpreterOf(join(folder, 'plain.py'))).toBe(null)
})

test('flags that keep the agent out are told from those that do not', () => {
  expect(closingFlags(['-u', '-Es', '-X', '-S', '-IB', '-WError::SyntaxWarning'])).toEqual(['-Es', '-S', '-IB'])
})

test('a Python says its version itself, and what is no Python says nothing', async () => {
  const python = await askPython(venv)
  expect(python).toMatchObject({ implementation: 'CPython' })
  expect(python!.version.every(Number.isInteger)).toBe(true)
  expect(await askPython('/bin/true')).toBe(null)
  expect(await askPython(join(folder, 'none'))).toBe(null)
})

test('every Python is found once', async () => {
  const pythons = await findPythons()
  expect(pythons.length).toBeGreaterThan(0)
  expect(new Set(pythons.map((p) => p.executable)).size).toBe(pythons.length)
})

test.each([
  [[3, 10, 0], 'CPython', true],
  [[3, 9, 18], 'CPython', false],
  [[2, 7, 18], 'CPython', false],
  [[4, 0, 0], 'CPython', true],
  [[3, 11, 7], 'PyPy', false],
] as const)('%j of %s can be recorded: %s', (version, implementation, can) =>
  expect(isNewEnough({ executable: '', version: [...version], implementation, include: null })).toBe(can),
)

test('what a launcher starts gives the run its name', () => {
  const bin = mkdtempSync(join(tmpdir(), 'interleave-launcher-'))
  for (const name of ['mpiexec', 'python']) writeFileSync(join(bin, name), '#!/bin/sh\n', { mode: 0o755 })
  const nameOf = (...command: string[]) => {
    const found = findProgram(command, bin, { PATH: bin })
    return found.file === null ? found.sentence : found.name
  }
  expect(nameOf('mpiexec', '-n', '4', 'python', '-u', 'heat/ring.py', '3')).toBe('ring')
  expect(nameOf('mpiexec', '-n', '4', join(bin, 'python'), '-m', 'mpi4py', 'ring.py')).toBe('ring')
  expect(nameOf('mpiexec', '-n', '4', './a.out')).toBe('mpiexec')
  expect(nameOf('python', '-m', 'scoop', '-n', '4', 'pi.py')).toBe('pi')
  expect(nameOf('python', '-m', 'http.server', 'x.py')).toBe('http.server')
  rmSync(bin, { recursive: true })
})
