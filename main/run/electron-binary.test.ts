import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { downloadElectron, findElectron, missingDisplay } from './electron-binary.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'interleave-electron-'))))
afterEach(() => rmSync(folder, { recursive: true }))
const write = (path: string, text = '') => {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return file
}
const environment = (more: NodeJS.ProcessEnv = {}) => ({
  XDG_CACHE_HOME: join(folder, 'cache'),
  PATH: process.env['PATH'],
  ...more,
})
const installer = (text: string) => write('node_modules/electron/install.js', text)

test('each place is tried in its turn, and a name without a file behind it is passed over', () => {
  expect(findElectron(environment(), folder)).toBe(null)
  const old = write('cache/interleave/electron-9.4.0-r1/electron')
  expect(findElectron(environment(), folder)).toBe(old)
  const cached = write('cache/interleave/electron-33.2.1-r1/electron')
  expect(findElectron(environment(), folder)).toBe(cached)
  write('node_modules/electron/path.txt', 'electron')
  expect(findElectron(environment(), folder)).toBe(cached)
  const downloaded = write('node_modules/electron/dist/electron')
  expect(findElectron(environment(), folder)).toBe(downloaded)
  const dist = write('elsewhere/electron')
  expect(findElectron(environment({ ELECTRON_OVERRIDE_DIST_PATH: dirname(dist) }), folder)).toBe(dist)
  const named = write('my electron')
  const both = { ELECTRON_OVERRIDE_DIST_PATH: dirname(dist), ELECTRON_EXEC_PATH: named }
  expect(findElectron(environment(both), folder)).toBe(named)
  expect(findElectron(environment({ ...both, ELECTRON_EXEC_PATH: join(folder, 'gone') }), folder)).toBe(dist)
})

test('a download that works gives the binary it left', async () => {
  installer(`
    const { mkdirSync, writeFileSync } = require('node:fs')
    mkdirSync(__dirname + '/dist')
    writeFileSync(__dirname + '/dist/electron', '')
    writeFileSync(__dirname + '/path.txt', 'electron')
  `)
  expect(await downloadElectron(() => {}, environment(), folder)).toEqual({
    path: join(folder, 'node_modules/electron/dist/electron'),
  })
})

test('a download that failed is not tried again the same day', async () => {
  const tried = join(folder, 'tried')
  installer(`
    require('node:fs').appendFileSync(${JSON.stringify(tried)}, 'x')
    console.error('RequestError: getaddrinfo ENOTFOUND github.com\\n    at somewhere')
    process.exit(1)
  `)
  const said: string[] = []
  const get = () => downloadElectron((text) => said.push(text), environment(), folder)
  const first = await get()
  expect(first).toEqual({ reason: 'Electron could not be downloaded: getaddrinfo ENOTFOUND github.com' })
  const second = (await get()) as { reason: string }
  expect(second.reason).toMatch(/^Electron could not be downloaded: getaddrinfo ENOTFOUND github.com \(not tried again/)
  expect(said).toHaveLength(1)
})

test('without the package there is nothing to download with', async () => {
  expect(await downloadElectron(() => {}, environment(), folder)).toEqual({
    reason: 'the package electron is not installed (`npm ci` adds it)',
  })
})

test('a display is asked for on Linux only', () => {
  expect(missingDisplay({}, 'linux')).toMatch(/no display/)
  expect(missingDisplay({ DISPLAY: ':0' }, 'linux')).toBe(null)
  expect(missingDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(null)
  expect(missingDisplay({}, 'darwin')).toBe(null)
})
