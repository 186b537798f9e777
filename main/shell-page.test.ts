import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPage } from './shell-page.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-page-'))
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret'), 'secret')
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), 'a()')
  writeFileSync(join(folder, 'page', 'assets', 'a.js.map'), '{}')
  symlinkSync(join(folder, 'secret'), join(folder, 'page', 'link'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the files of the page are served with their type, and nothing else is', () => {
  const page = createPage(join(folder, 'page'))
  expect(page('/')?.body.toString()).toBe('<!doctype html>')
  expect(page('/assets/a.js')?.headers).toMatchObject({
    'Content-Type': 'text/javascript; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  })
  for (const path of ['/assets', '/assets/a.js.map', '/link', '/../secret', '/assets/../../secret', 'index.html', ''])
    expect(page(path), path).toBeNull()
})

test('a page that is open outlives a new build', () => {
  const page = createPage(join(folder, 'page'))
  rmSync(join(folder, 'page', 'assets', 'a.js'))
  expect(page('/assets/a.js')?.body.toString()).toBe('a()')
})

test('a page that was not built says what to do', () => {
  expect(() => createPage(join(folder, 'nowhere'))).toThrow(/^The page is not built yet: run "npm run build" first/)
})
