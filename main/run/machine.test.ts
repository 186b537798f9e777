import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkMachine, missing, type Check } from './machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-machine-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a machine with nothing is told what it needs, and the command that adds it', async () => {
  const checks = await checkMachine({ PATH: folder, HOME: folder, PYENV_ROOT: folder })
  const check = (name: string) => checks.find((c) => c.name === name)!
  expect(check('Node').ok).toBe(true)
  expect(check('Python')).toMatchObject({ ok: false, add: expect.stringContaining('python3') })
  expect(check('Chromium')).toMatchObject({ ok: false, for: 'tests' })
  expect(missing(checks)[0]).toMatch(/^no Python was found, and CPython 3.10 or newer is needed: .*python3/)
  for (const c of checks) expect(c.ok ? c.add === '' : c.add !== '').toBe(true)
})

test('what the window or the tests lack is not told to somebody who wants to record', () => {
  const lacking = (what: Check['for']): Check => ({ name: what, for: what, ok: false, found: `no ${what}`, add: 'x' })
  expect(missing([lacking('window'), lacking('recording'), lacking('tests')])).toEqual(['no recording: x'])
})

test('a compiler on the PATH is found where it is', async () => {
  symlinkSync('/bin/true', join(folder, 'cc'))
  const checks = await checkMachine({ PATH: folder, HOME: folder, PYENV_ROOT: folder })
  expect(checks.find((c) => c.name === 'C compiler')).toMatchObject({ ok: true, found: join(folder, 'cc'), add: '' })
})
