// Who may import whom. The house reads as the life of an event: a folder imports from its left, from wire/, and nothing
// else. Packages with a place of their own (electron, the database driver) are named here too.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** folder or file → what it may import from the project, besides its own folder */
const mayImport: Record<string, string[]> = {
  wire: [],
  'main/run': ['wire'],
  'main/ingest': ['wire', 'main/store'],
  'main/store': ['wire'],
  'main/merge': ['wire', 'main/store', 'main/ingest'],
  'main/query': ['wire', 'main/store'],
  'main/diagnose': ['wire', 'main/store', 'main/query'],
  'main/exchange': ['wire', 'main/store', 'main/query'],
  'main/engine': [
    'wire',
    'main/run',
    'main/ingest',
    'main/store',
    'main/query',
    'main/diagnose',
    'main/recording.ts',
    'main/engine.ts',
  ],
  'main/electron': ['wire', 'main/run', 'main/shell-page.ts', 'main/engine/process-messages.ts'],
  'main/browser': [
    'wire',
    'main/run',
    'main/store',
    'main/recording.ts',
    'main/shell-page.ts',
    'main/engine.ts',
    'main/engine',
  ],
  'main/bench': ['wire', 'main'],
  'main/engine.ts': ['wire', 'main'],
  'main/cli.ts': ['wire', 'main'],
  main: ['wire', 'main'],
  renderer: ['wire'],
}
/** package → the only places that may import it */
const placeOf: Record<string, string[]> = {
  electron: ['main/electron'],
  'better-sqlite3': ['main/store'],
  d3: ['renderer'],
  preact: ['renderer'],
}

/** A test, or what its first line says is there for tests. */
const isTest = (file: string) =>
  /\.(test|spec)\.tsx?$/.test(file) || readFileSync(join(root, file), 'utf8').startsWith('// Test support')

const source = (dir: string): string[] =>
  readdirSync(join(root, dir), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory()
      ? source(join(dir, e.name))
      : /\.tsx?$/.test(e.name) && !isTest(join(dir, e.name))
        ? [join(dir, e.name)]
        : [],
  )
const files = ['wire', 'main', 'renderer'].flatMap(source)
const inside = (path: string, place: string) => path === place || path.startsWith(place + '/')
const rule = (file: string) =>
  Object.keys(mayImport)
    .filter((p) => inside(file, p))
    .sort((a, b) => b.length - a.length)[0]!
const imports = (file: string) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((m) => m[1]!)

test.each(files)('%s imports only from its left', (file) => {
  const place = rule(file)
  for (const name of imports(file)) {
    if (name.startsWith('.')) {
      const target = relative(root, normalize(join(root, dirname(file), name)))
      const allowed = [place, ...mayImport[place]!]
      expect(
        allowed.some((p) => inside(target, p)),
        `${file} imports ${target}`,
      ).toBe(true)
    } else {
      const pkg = name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')
      const places = placeOf[pkg]
      if (places)
        expect(
          places.some((p) => inside(file, p)),
          `${file} imports ${pkg}`,
        ).toBe(true)
    }
  }
})

test('no file is too long to see whole', () => {
  const long = files.filter((f) => readFileSync(join(root, f), 'utf8').split('\n').length > 401)
  expect(long).toEqual([])
})
