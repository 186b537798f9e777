// docs/systems.md: each system has a test that is there, or says that it is planned; its versions are those that are installed.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../main/run/root.ts'

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')
const rows = read('docs', 'systems.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

const requirements = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.txt$/.test(name))
    .map((name) => read(folder, name))
const installed = [...requirements('recipes'), ...requirements('agent/test/requirements')].join('\n').split('\n')

test.each(rows)('%s', (_, versions, recorded, missing, proof) => {
  if (proof !== 'planned') {
    const files = [...proof!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true)
    expect([recorded, missing]).not.toContain('')
  }
  // of a system that is no package (a kernel, a row on top of another one) nothing is installed
  for (const [, name, version] of versions!.matchAll(/(?<=^|, )([\w.-]+) (\d[\w.]*)(?=$|,)/g))
    expect(installed).toContain(`${name}==${version}`)
})

test('every library that is hooked in Python is in it', () => {
  const table = /^libraries = \{\n(.*?)^\}/ms.exec(read('agent', 'interleave_agent', '__init__.py'))![1]!
  const packages = new Set([...table.matchAll(/'(\w+)[\w.]*':/g)].map(([, name]) => name!))
  const named = rows.map(([, versions]) => versions!.toLowerCase()).join(', ')
  // billiard is Celery's multiprocessing, cupy_backends a part of CuPy
  for (const name of packages)
    if (name !== 'billiard' && name !== 'cupy_backends')
      expect(named).toMatch(new RegExp(`\\b${name.toLowerCase()}\\b`))
})
