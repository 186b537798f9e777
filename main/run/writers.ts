// Which processes write (or wrote) event files in a run folder. Read from the header pages: the pid, and whether the
// process said good-bye; and from the first line beside them, on which clock it is. A pid may have been given to another
// process since, so a process younger than its file is not counted as its writer. One of another clock is on another host:
// its pid says nothing here, and nobody here is told to end in its place.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { header, magic } from '../../wire/record.ts'
import type { ProcessLine } from '../../wire/side-file.ts'
import { ownClock } from './clock.ts'

export interface Writer {
  /** path of the event file */
  file: string
  pid: number
  /** it said good-bye */
  ended: boolean
  /** it is on this machine, and its pid is one of ours */
  here: boolean
}

export function writers(runFolder: string): Writer[] {
  let names: string[]
  try {
    names = readdirSync(runFolder).filter((name) => name.endsWith('.events'))
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const file = join(runFolder, name)
    const bytes = Buffer.alloc(64)
    const fd = openSync(file, 'r')
    const length = readSync(fd, bytes, 0, bytes.length, 0)
    closeSync(fd)
    if (length < bytes.length || bytes.readUInt32LE(header.magic) !== magic) return []
    const pid = bytes.readUInt32LE(header.pid)
    if (pid <= 1) return []
    return [{ file, pid, ended: bytes.readUInt32LE(header.ended) === 1, here: isHere(file) }]
  })
}

const own = ownClock()
const clocks = new Map<string, string>()
function isHere(file: string): boolean {
  let clock = clocks.get(file)
  if (clock === undefined) {
    try {
      const text = readFileSync(file.replace(/\.events$/, '.names'), 'utf8')
      clock = (JSON.parse(text.slice(0, text.indexOf('\n'))) as ProcessLine).clock
    } catch {
      return true
    }
    clocks.set(file, clock)
  }
  return clock === own
}

/** Pids of the processes of this machine that may still write. */
export function writersAlive(runFolder: string): number[] {
  const alive = writers(runFolder).filter((w) => w.here && !w.ended && isAlive(w.pid, statSync(w.file).birthtimeMs))
  return [...new Set(alive.map((w) => w.pid))]
}
/** Processes of other hosts have not said good-bye: they run, or were killed; nobody here can tell. */
export const writesElsewhere = (runFolder: string): boolean => writers(runFolder).some((w) => !w.here && !w.ended)

/** Whether the process lives, and (given ms since 1970) is not one that got the same number later. */
export function isAlive(pid: number, since?: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const stat = statOf(pid)
  if (!stat) return true
  if (stat.state === 'Z' || stat.state === 'X') return false
  return since === undefined || stat.startedMs <= since + 2000
}

/** State and start of a process, from /proc; null where there is none (macOS). */
function statOf(pid: number): { state: string; startedMs: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const boot = Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'latin1'))![1]) * 1000
    // field 22, in ticks of 1/100 s on every Linux that Node runs on
    return { state: fields[0]!, startedMs: boot + Number(fields[19]) * 10 }
  } catch {
    return null
  }
}
