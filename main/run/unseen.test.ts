import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { onPath } from './find-python.ts'
import { whyUnseen } from './unseen.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-unseen-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** An interpreter that gives the answers of another one. */
function interpreter(name: string, ...answers: string[]): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' ${answers.map((a) => `'${a}'`).join(' ')}\n`)
  chmodSync(path, 0o755)
  return path
}
const why = (executable: string | null, ...flags: string[]) =>
  whyUnseen({ file: '/x', name: 'app', python: executable ? { executable, flags } : null }, process.env)

test('each way not to be seen has its sentence', async () => {
  const real = onPath('python3', folder, process.env)!
  expect(await why(null)).toMatch('app is not a Python program')
  expect(await why(real, '-u', '-I')).toMatch('python3 was started with -I, which')
  expect(await why(interpreter('python3.8', '/p', '3.8.1', 'CPython', ''))).toMatch(
    'python3.8 is Python 3.8.1: CPython 3.10',
  )
  expect(await why(interpreter('pypy3', '/p', '3.10.1', 'PyPy', ''))).toMatch('pypy3 is PyPy: only CPython')
  expect(await why('/bin/true')).toMatch('true does not answer as a Python does')
  expect(await why(real)).toMatch(/ended before it loaded the agent/)
})
