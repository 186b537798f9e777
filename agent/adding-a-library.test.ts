// docs/adding-a-library.md stays true: the Python that it walks through is the file, whole and in order; the functions that it
// lists are those that the core has, with their arguments; and each library has its line in the table, and a recipe.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../main/run/root.ts'

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')
const page = read('docs', 'adding-a-library.md')

test('the Python of the page is the library’s file', () => {
  const blocks = [...page.matchAll(/^```python\n(.*?)\n```$/gms)].map(([, code]) => code!)
  // blank lines at a seam are the page's
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
  const file = read('agent', 'interleave_agent', 'libraries', 'scoop.py')
  expect(lines(blocks.join('\n'))).toEqual(lines(file))
  for (const block of blocks) expect(file).toContain(block)
})

test('its functions are those of the core', () => {
  const told = read('agent', 'core', 'told.c')
  const table = /static PyMethodDef told\[\] = \{(.*?)\{0\}/s.exec(told)![1]!
  const names = [...table.matchAll(/\{"(\w+)",/g)].map(([, name]) => name!)
  const listed = [...page.matchAll(/^\| `core\.((\w+)\(.*?\))` \|/gm)].map(([, signature, name]) => [name!, signature!])
  expect(listed.map(([name]) => name).sort()).toEqual(names.sort())
  // a comment above each says how it is called
  const comments = told + read('agent', 'core', 'around.c')
  for (const [name, signature] of listed) {
    const said = RegExp(String.raw`(?:/\*|;) (${name}\(.*?\))(?:\s|:)`).exec(comments)?.[1]
    expect(said, `${name} in told.c`).toBe(signature)
  }
})

test('what the page names is there', () => {
  const entry = read('agent', 'interleave_agent', '__init__.py')
  const table = /^libraries = \{\n(.*?)^\}/ms.exec(entry)![1]!
  const lines = /^```\n('scoop.*?)\n```$/ms.exec(page)![1]!.split('\n')
  for (const line of lines) expect(table.split('\n').map((l) => l.trim())).toContain(line)
  const files = readdirSync(join(root, 'agent', 'interleave_agent', 'libraries'))
  for (const [, file] of table.matchAll(/: '(\w+)'/g)) expect(files).toContain(`${file}.py`)
  for (const [, path] of page.matchAll(/\]\((?:\.\.\/)?([\w./-]+)\)/g))
    expect([join(root, path!), join(root, 'docs', path!)].some(existsSync), path).toBe(true)
})
