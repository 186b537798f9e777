// Environments that are really made, of a package that the test makes: no package index is asked.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chapterEnvironment, chapterPython, chaptersWithPackages, installPackages, isInstalled } from './chapters.ts'
import { recipesPython } from './find-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-chapters-'))
const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
afterAll(() => rmSync(folder, { recursive: true }))

/** A wheel is a zip of the module, what it is called, and a list. */
const wheel = join(folder, 'tiny-1.0-py3-none-any.whl')
const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('tiny.py', 'answer = 42\\ndef say(): print(answer)\\n')
    wheel.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
    wheel.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('tiny-1.0.dist-info/entry_points.txt', '[console_scripts]\\ntiny-say = tiny:say\\n')
    wheel.writestr('tiny-1.0.dist-info/RECORD', '')
`
beforeAll(async () => {
  execFileSync((await recipesPython())!, ['-c', makeWheel, wheel])
})

const requirements = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('two that ask at once get one environment, whose programs come first on the PATH', async () => {
  const file = requirements('tiny.txt', `tiny @ file://${wheel}\n`)
  const python = await chapterPython('tiny', env, file)
  expect(python.packages).toEqual(['tiny'])
  expect(isInstalled(python)).toBe(false)
  const said: string[] = []
  await Promise.all([1, 2].map(() => installPackages(python, (step) => said.push(step), env)))
  expect(said.filter((step) => step === 'making the environment')).toHaveLength(1)
  expect(said.filter((step) => step === 'putting them in place')).toHaveLength(1)
  expect(isInstalled(python)).toBe(true)
  const ran = execFileSync('tiny-say', { env: chapterEnvironment(python, env), encoding: 'utf8' })
  expect(ran).toBe('42\n')
  // other contents, another folder: nothing has to be brought up to date
  const other = await chapterPython('tiny', env, requirements('other.txt', `tiny @ file://${wheel}\n# new\n`))
  expect(other.bin).not.toBe(python.bin)
})

test('what a broken-off try left is made again', async () => {
  const python = await chapterPython('half', env, requirements('half.txt', `tiny @ file://${wheel}\n# half\n`))
  mkdirSync(join(python.bin!, '..', 'lib'), { recursive: true })
  writeFileSync(join(python.bin!, '..', 'rest'), '')
  await installPackages(python, () => {}, env)
  expect(isInstalled(python)).toBe(true)
  expect(existsSync(join(python.bin!, '..', 'rest'))).toBe(false)
})

test('without a network one sentence says so, and nothing counts as installed', async () => {
  const away = { ...env, PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0', PIP_FIND_LINKS: '' }
  const python = await chapterPython('far', env, requirements('far.txt', 'interleave-no-such-package==1.0\n'))
  await expect(installPackages(python, () => {}, away)).rejects.toThrow(
    /^the packages of the chapter far were not installed: pip does not reach the package index/,
  )
  expect(isInstalled(python)).toBe(false)
})

test('a chapter without requirements runs in any Python', async () => {
  const python = await chapterPython('threading', env)
  expect(python).toMatchObject({ bin: null, packages: [], python: await recipesPython() })
  expect(isInstalled(python)).toBe(true)
})

test('each chapter names what it is for first', async () => {
  expect(chaptersWithPackages()).toContain('mpi')
  expect((await chapterPython('celery', env)).packages).toEqual(['celery', 'redis'])
})
