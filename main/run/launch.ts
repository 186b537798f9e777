// In: a command and a run folder. Out: the program as it runs: how it ended, who of its children still writes, and a way
// to stop them. The program gets its own session unless it needs the terminal, so that a signal to us reaches it once,
// by us, and a stop reaches all that it started. With a terminal it stays in our group: Ctrl-C reaches it from there.
//
// Nothing here touches process.stdin/stdout/stderr: Node would make a pipe that we share with the program non-blocking,
// and the program's own writes would begin to fail.
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { recordedEnvironment, type StackOptions } from './environment.ts'
import { writersAlive, writesElsewhere } from './writers.ts'

export type StopHow = 'interrupt' | 'terminate' | 'kill'
export const signalOf = { interrupt: 'SIGINT', terminate: 'SIGTERM', kill: 'SIGKILL' } as const

export interface LaunchSpec {
  command: string[]
  /** the file that command[0] names (find-python.ts) */
  file: string
  cwd: string
  env: NodeJS.ProcessEnv
  /** made when it is not there */
  runFolder: string
  /** the compiled core */
  core: string
  stack?: StackOptions
  /** inherit: the program has our stdin, stdout and stderr. capture: it has no stdin, and we keep what it prints */
  stdio: 'inherit' | 'capture'
}
export interface Ended {
  /** null when a signal ended it */
  code: number | null
  signal: NodeJS.Signals | null
}
export interface Run {
  pid: number
  /** in a session of its own: signals reach it only through us */
  ownGroup: boolean
  /** the program itself has ended; rejects when it could not be started */
  ended: Promise<Ended>
  /** also its children that are recorded are gone; after `patience` ms the pids of those that go on are given instead */
  settled(patience: number): Promise<number[]>
  /** last part of what it printed, both streams; '' with inherited stdio */
  output(): string
  /** to the program and its children */
  stop(how: StopHow): void
  /** to the program alone, as somebody sent it to us */
  forward(signal: NodeJS.Signals): void
}

const keptOutput = 64 * 1024
const mostOutput = 16 * 1024 * 1024
/** in the run folder: what the program prints */
export const outputFile = 'output.txt'

export function launch(spec: LaunchSpec): Promise<Run> {
  mkdirSync(spec.runFolder, { recursive: true })
  const capture = spec.stdio === 'capture'
  const ownGroup = capture || ![0, 1, 2].some((fd) => isatty(fd))
  const env = recordedEnvironment(spec.env, { runFolder: spec.runFolder, core: spec.core, ...spec.stack })
  // Into a file Python would keep its prints to itself for minutes, and a killed program would never show them.
  if (capture) env['PYTHONUNBUFFERED'] ??= '1'
  const printed = capture ? openOutput(spec.runFolder) : null
  const child = spawn(spec.file, spec.command.slice(1), {
    argv0: spec.command[0]!,
    cwd: spec.cwd,
    env,
    detached: ownGroup,
    stdio: printed ? ['ignore', printed.fd, printed.fd] : 'inherit',
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const send = (pid: number, signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal)
    } catch {
      // it has gone meanwhile
    }
  }
  let over = false
  ended.then(
    () => (over = true),
    () => (over = true),
  )
  const run = (pid: number): Run => ({
    pid,
    ownGroup,
    ended,
    async settled(patience) {
      await ended
      const until = performance.now() + patience
      for (;;) {
        const alive = writersAlive(spec.runFolder)
        if ((alive.length === 0 && !writesElsewhere(spec.runFolder)) || performance.now() >= until) {
          printed?.close()
          return alive
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    output: () => printed?.read() ?? '',
    stop(how) {
      const writers = writersAlive(spec.runFolder)
      // After the program's end its group's number is ours to use only while some member keeps it taken.
      if (ownGroup && (!over || writers.length > 0)) send(-pid, signalOf[how])
      else if (!over) send(pid, signalOf[how])
      // A child may have left the group; asked to die at once it is told by number. The softer ways are not sent twice.
      if (how === 'kill' || !ownGroup) for (const writer of writers) if (writer !== pid) send(writer, signalOf[how])
    },
    forward(signal) {
      if (!over) send(pid, signal)
    },
  })
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(run(child.pid!)))
    child.once('error', reject)
  })
}

/** The last part of what the program of a recording printed that somebody else had started. */
export function printedIn(runFolder: string): string {
  const path = join(runFolder, outputFile)
  return existsSync(path) ? readFileSync(path).subarray(-keptOutput).toString('utf8') : ''
}

/**
 * Both streams in one file of the run folder, in order of arrival; the last part of it is shown. Not pipes: when we are
 * killed the program would get SIGPIPE or EPIPE from its next print, and it shall go on as if nobody watched.
 */
function openOutput(runFolder: string): { fd: number; read(): string; close(): void } {
  // Appending writers go on at the new end after the file was cut, so that a chatty program does not fill the disk.
  const fd = openSync(join(runFolder, outputFile), 'a+')
  let last = ''
  let open = true
  const read = () => {
    if (!open) return last
    const { size } = fstatSync(fd)
    const tail = Buffer.alloc(Math.min(size, keptOutput))
    const length = readSync(fd, tail, 0, tail.length, size - tail.length)
    const text = tail.toString('utf8', 0, length)
    if (size <= mostOutput) return (last = text)
    ftruncateSync(fd, 0)
    appendFileSync(fd, tail)
    return (last = text)
  }
  const cut = setInterval(read, 1000).unref()
  return {
    fd,
    read,
    close() {
      if (!open) return
      read()
      clearInterval(cut)
      closeSync(fd)
      open = false
    },
  }
}
