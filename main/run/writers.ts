// Which processes write (or wrote) event files in a run folder. Read from the header pages alone: the pid, and whether
// the process said good-bye. A pid may have been given to another process since, so a process younger than its file is
// not counted as its writer.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { header, magic } from '../../wire/record.ts'

export interface Writer {
  /** path of the event file */
  file: string
  pid: number
  /** it said good-bye */
  ended: boolean
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
    return [{ file, pid, ended: bytes.readUInt32LE(header.ended) === 1 }]
  })
}

/** Pids of the processes that may still write. */
export function writersAlive(runFolder: string): number[] {
  const alive = writers(runFolder).filter((w) => !w.ended && isAlive(w.pid, statSync(w.file).birthtimeMs))
  return [...new Set(alive.map((w) => w.pid))]
}

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
