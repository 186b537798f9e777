// Where traces are kept, what they are called, and which of them are whole. A recording `X.sqlite` has its run folder
// `X.sqlite.run/` beside it until it is complete; a run folder whose recorder is gone is an unfinished recording, and
// can be recovered from its event files. The file system is the only list: there is no index to fall out of step.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { SavedTrace } from '../../wire/api.ts'
import { isAlive } from './writers.ts'

/** What the recorder leaves in the run folder, for whoever has to recover it. */
export interface RecorderNote {
  /** of the process that records; 0 = it has left the recording */
  pid: number
  /** ms since 1970: when that process wrote this */
  since: number
  /** ms since 1970 */
  startedAt: number
  command: string[]
  cwd: string
  name: string
  /** that it reads; absent: an older note */
  clock?: string
  /** runs of `record --repeat` have the same */
  repetition?: string
}
const noteFile = 'recorder.json'

/** The folder of the app's own files: traces lie in it. */
export function traceFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['INTERLEAVE_HOME']) return resolve(env['INTERLEAVE_HOME'])
  return join(env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share'), 'interleave')
}
export const runFolderOf = (trace: string) => `${trace}.run`

/** A path in the folder that nobody has: `<program>-<yyyy-mm-dd-hhmmss>.sqlite`, local time, `-2`, `-3` when taken. */
export function newTracePath(folder: string, program: string, at: Date = new Date()): string {
  mkdirSync(folder, { recursive: true })
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  const stamp = `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  // 255 bytes is what a file name may have; Unicode names keep their letters.
  const name = (program.replace(/[/\\\p{C}\s]+/gu, '_').replace(/^\.+/, '') || 'program').slice(0, 48)
  for (let n = 1; ; n++) {
    const path = join(folder, `${name}-${stamp}${n === 1 ? '' : `-${n}`}.sqlite`)
    if (!existsSync(path) && !existsSync(runFolderOf(path))) return path
  }
}

/** Where `record --repeat` keeps its run n of X.sqlite: X-n.sqlite. */
export const repeatedPath = (path: string, n: number): string =>
  join(dirname(path), `${basename(path, extname(path))}-${n}${extname(path)}`)
/** The runs of X.sqlite that are there: X-1.sqlite, X-2.sqlite, … A longer repetition of before may have left the last. */
export function repeatedTraces(path: string): string[] {
  const paths: string[] = []
  for (let n = 1; existsSync(repeatedPath(path, n)); n++) paths.push(repeatedPath(path, n))
  return paths
}
/** X.sqlite for X-3.sqlite; null for other names. */
export function repeatedName(path: string): string | null {
  const found = /^(.+)-[1-9]\d*$/.exec(basename(path, extname(path)))
  return found && join(dirname(path), found[1]! + extname(path))
}

export function writeNote(runFolder: string, note: RecorderNote): void {
  mkdirSync(runFolder, { recursive: true })
  writeFileSync(join(runFolder, noteFile), JSON.stringify(note))
}
export function readNote(runFolder: string): RecorderNote | null {
  try {
    return JSON.parse(readFileSync(join(runFolder, noteFile), 'utf8')) as RecorderNote
  } catch {
    return null
  }
}

/** recording: its recorder lives. unfinished: it left its run folder behind. */
export function stateOf(trace: string): 'whole' | 'recording' | 'unfinished' {
  const folder = runFolderOf(trace)
  if (!existsSync(folder)) return 'whole'
  const note = readNote(folder)
  return note && isAlive(note.pid, note.since) ? 'recording' : 'unfinished'
}

/** Saved and unfinished traces, newest first. What is being recorded right now is in neither list. */
export function listTraces(folder: string = traceFolder()): SavedTrace[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).map((name) => name.replace(/\.sqlite\.run$/, '.sqlite'))
  return [...new Set(names)]
    .filter((name) => name.endsWith('.sqlite'))
    .flatMap((name) => {
      const path = join(folder, name)
      const state = stateOf(path)
      if (state === 'recording') return []
      const seen = [path, runFolderOf(path)].filter((p) => existsSync(p)).map((p) => statSync(p))
      if (seen.length === 0) return []
      return [
        {
          path,
          name: basename(name, '.sqlite'),
          bytes: bytesOf(path),
          modified: Math.max(...seen.map((s) => s.mtimeMs)),
          unfinished: state === 'unfinished',
        },
      ]
    })
    .sort((a, b) => b.modified - a.modified || a.name.localeCompare(b.name))
}

/** Disk space of the trace, its journal and its run folder (event files are sparse: blocks count, not lengths). */
function bytesOf(trace: string): number {
  const folder = runFolderOf(trace)
  const files = [trace, `${trace}-wal`, ...(existsSync(folder) ? readdirSync(folder).map((f) => join(folder, f)) : [])]
  return files.filter((f) => existsSync(f)).reduce((sum, f) => sum + statSync(f).blocks * 512, 0)
}

/** Deletes a trace and what lies beside it. Refuses what is not a trace, and what is being recorded. */
export function removeTrace(trace: string): void {
  const state = stateOf(trace)
  if (state === 'recording') throw new Error(`${trace} is being recorded: stop the recording first`)
  if (state === 'whole' && !existsSync(trace)) throw new Error(`there is no trace ${trace}`)
  if (existsSync(trace) && !isTrace(trace)) throw new Error(`${trace} is not an Interleave trace: it was left alone`)
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(trace + suffix, { force: true })
  rmSync(runFolderOf(trace), { recursive: true, force: true })
}

/** Replacing a trace is what an output path is for; replacing anything else is not. Throws one sentence. */
export function checkOutput(path: string): void {
  if (!existsSync(dirname(path)))
    throw new Error(`the folder ${dirname(path)} does not exist: the trace cannot be written there`)
  const state = stateOf(path)
  if (state === 'recording') throw new Error(`${path} is being recorded: choose another file`)
  if (state === 'unfinished')
    throw new Error(`${path} is an unfinished recording: open it to recover it, or choose another file`)
  if (existsSync(path) && !isTrace(path)) throw new Error(`${path} is not an Interleave trace: it is not overwritten`)
}

/** By the application id in the header of the SQLite file. An empty file is one whose recorder died at once. */
function isTrace(path: string): boolean {
  const bytes = Buffer.alloc(72)
  const fd = openSync(path, 'r')
  const length = readSync(fd, bytes, 0, bytes.length, 0)
  closeSync(fd)
  return length === 0 || (length === bytes.length && bytes.readUInt32BE(68) === 0x494c5645)
}
