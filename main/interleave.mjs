#!/usr/bin/env node
// The door: `interleave …` and `npm start`. Plain JavaScript that any Node ≥ 20 can run; everything behind it needs
// Node-API 10, because the database driver dies without a word under an older Node. So first: the right Node (our own,
// else the pinned one of node_modules, else one on the PATH); then the build, when a source is newer than it; then the
// command line, in this process where its Node serves, otherwise in one that gets our stdio, signals and exit code.
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...parts) => join(root, ...parts)
const outputs = ['out/main/cli.js', 'out/main/electron.js', 'out/preload/preload.cjs', 'out/renderer/index.html'].map(
  (p) => at(p),
)
const builder = at('node_modules', 'electron-vite', 'bin', 'electron-vite.js')

// process.stderr is not touched: it would make a pipe shared with the recorded program non-blocking
const say = (text) => writeSync(2, `interleave: ${text}\n`)
function stop(text, code = 1) {
  say(text)
  process.exit(code)
}

if (!existsSync(at('node_modules', 'commander')))
  stop(`run \`npm ci\` in ${root} first: its packages are not installed`)
const node = Number(process.versions.napi) >= 10 ? process.execPath : newerNode()
if (!node)
  stop(
    `Node ${process.versions.node} is too old for the database driver: install Node 22.14 or newer, or run \`npm ci\` in ${root} without --omit=optional`,
  )
if (existsSync(builder)) build()
const cli = existsSync(outputs[0]) ? outputs[0] : at('main', 'cli.ts')

if (node === process.execPath) await import(pathToFileURL(cli).href)
else runUnder(node, [cli, ...process.argv.slice(2)])

/** The pinned Node of node_modules, else one on the PATH that has Node-API 10. */
function newerNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = at('node_modules', `node-${process.platform}-${process.arch}`, 'bin', name)
  const others = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return [pinned, ...others].find((path) => existsSync(path) && path !== process.execPath && napiOf(path) >= 10)
}
function napiOf(path) {
  // The pinned one is locked by its integrity: asking it would cost 40 ms at every start.
  if (path.startsWith(at('node_modules'))) return 10
  return Number(spawnSync(path, ['-p', 'process.versions.napi'], { encoding: 'utf8', timeout: 10_000 }).stdout)
}

/** Milliseconds of the newest source that goes into out/; folders count too, a source may have been deleted. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path, { withFileTypes: true })
    .filter(
      (e) =>
        e.isDirectory() || (/\.(tsx?|css|html|sql|json|svg)$/.test(e.name) && !/\.(test|spec)\.tsx?$/.test(e.name)),
    )
    .reduce((latest, e) => Math.max(latest, newest(join(path, e.name))), stat.mtimeMs)
}
function isBuilt() {
  if (!outputs.every((path) => existsSync(path))) return false
  const source = Math.max(
    ...['main', 'wire', 'renderer', 'electron.vite.config.ts', 'package.json'].map((p) => newest(at(p))),
  )
  return outputs.every((path) => statSync(path).mtimeMs >= source)
}

function build() {
  if (isBuilt()) return
  const lock = at('out', '.building')
  mkdirSync(at('out'), { recursive: true })
  while (!take(lock)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    if (isBuilt()) return
  }
  const started = new Date()
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', FORCE_COLOR: '0' }
  say('building the app (a few seconds, only after a change)')
  const built = spawnSync(node, [builder, 'build', '--logLevel', 'warn'], { cwd: root, encoding: 'utf8', env })
  // A source that changed while it was read is newer than this.
  if (built.status === 0) for (const path of outputs) utimesSync(path, started, started)
  rmSync(lock, { force: true })
  if (built.status !== 0) stop(`the app could not be built:\n${complaintOf(built)}`)
}
/** What the builder said, without the places in its own code. */
function complaintOf({ stdout, stderr, error }) {
  const lines = stripVTControlCharacters(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}`).split('\n')
  return lines
    .filter((line) => !/^\s+at |^error during build/.test(line))
    .join('\n')
    .trim()
}

/** One builder at a time; a lock whose owner has gone is taken over. */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST')
      stop(`${dirname(lock)} cannot be written, so the app cannot be built: ${error.message}`)
  }
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lock, { force: true })
  }
  return false
}

/** With a terminal the child stays in our group and gets Ctrl-C from it; otherwise only through us. Never twice. */
function runUnder(executable, args) {
  const terminal = [0, 1, 2].some((fd) => isatty(fd))
  const child = spawn(executable, args, { stdio: 'inherit', detached: !terminal })
  const fromTerminal = ['SIGINT', 'SIGQUIT']
  const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
  for (const signal of signals)
    process.on(signal, () => (terminal && fromTerminal.includes(signal)) || child.kill(signal))
  child.on('error', (error) => stop(`${executable} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000)
  })
}
