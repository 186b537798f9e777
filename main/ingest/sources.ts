// What the side file of a process says: places in the source, stacks, names of threads. Serials of the process become
// numbers of the trace; a place that several processes name is one place. A source line is read once, when its place
// first appears: later the file may have changed.
import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { objectKinds, type ObjectKind } from '../../wire/kinds.ts'
import type { NameLine, SiteLine, StackLine, WorkLine } from '../../wire/side-file.ts'
import { kindName, type Site } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { loopAround } from './loop-around.ts'
import { nameOf, Names, numbered, withoutOuter } from './name.ts'

/** a longer source is not read for its lines */
const sourceBytes = 8e6

/** Lines of source files and the places of the trace, shared by its processes. */
export class SourceLines {
  private readonly files = new Map<string, string[]>()
  private readonly places = new Map<string, Site>()
  private readonly works = new Map<string, number>()

  place(trace: Trace, cwd: string, line: SiteLine): Site {
    const key = `${line.file}\0${line.line}\0${line.func}`
    let place = this.places.get(key)
    if (!place) {
      const lines = this.lines(resolve(cwd || '/', line.file))
      const { head, idle } = loopAround(lines, line.line)
      place = trace.addSite({
        file: line.file,
        line: line.line,
        func: line.func,
        text: (lines[line.line - 1] ?? '').trim().slice(0, 400),
        loop: head.slice(0, 400),
        idle,
      })
      this.places.set(key, place)
    }
    return place
  }
  /** A kernel or range as JSON: its name and sizes. */
  work(trace: Trace, text: string): number {
    let id = this.works.get(text)
    if (id === undefined) {
      const [name, global, local] = JSON.parse(text) as [string, number[], number[]]
      this.works.set(text, (id = trace.works.length))
      trace.works.push({ id, name: String(name), global: global.map(Number), local: local.map(Number) })
    }
    return id
  }
  private lines(path: string): string[] {
    let lines = this.files.get(path)
    if (!lines) {
      try {
        const stat = statSync(path)
        lines = stat.isFile() && stat.size <= sourceBytes ? readFileSync(path, 'utf8').split(/\r\n|\r|\n/) : []
      } catch {
        lines = []
      }
      this.files.set(path, lines)
    }
    return lines
  }
}

export class Sources {
  private readonly trace: Trace
  private readonly lines: SourceLines
  /** of the process that forked this one */
  private readonly forkOf: Sources | null
  private readonly sites: number[] = []
  private readonly stacks: number[] = []
  private readonly works: number[] = []
  private readonly names: (NameLine | undefined)[] = []
  private readonly taken = new Names()
  /** what a library makes for itself has the names of the program's lines too, beside what the program makes there */
  private readonly takenInside = new Names()
  private readonly turns = new Map<string, number>()
  cwd = ''
  mainThread = 0
  onName: (serial: number) => void = () => {}

  constructor(trace: Trace, lines: SourceLines, forkOf: Sources | null) {
    this.trace = trace
    this.lines = lines
    this.forkOf = forkOf
  }

  addSite(line: SiteLine): void {
    this.sites[line.id] = this.lines.place(this.trace, this.cwd, line).id
  }
  addStack(line: StackLine): void {
    this.stacks[line.id] = this.trace.addStack(line.sites.map((serial) => this.site(serial)))
  }
  addWork(line: WorkLine): void {
    const text = JSON.stringify([line.name, line.global ?? [], line.local ?? []])
    this.works[line.id] = this.lines.work(this.trace, text)
  }
  addName(line: NameLine): void {
    this.names[line.object] = line
    this.onName(line.object)
  }

  /** Number in the trace of a place; 0 = none or unknown. */
  site(serial: number): number {
    return this.sites[serial] ?? (serial > 0 && this.forkOf ? this.forkOf.site(serial) : 0)
  }
  /** For people: "app.py:12". */
  place(serial: number): string {
    const place = this.trace.sites[this.site(serial)]
    return place ? `${basename(place.file)}:${place.line}` : 'the program'
  }
  stack(serial: number): number {
    return this.stacks[serial] ?? (serial > 0 && this.forkOf ? this.forkOf.stack(serial) : 0)
  }
  work(serial: number): number {
    return this.works[serial] ?? (serial > 0 && this.forkOf ? this.forkOf.work(serial) : 0)
  }
  private name(serial: number): NameLine | undefined {
    return this.names[serial] ?? this.forkOf?.name(serial)
  }
  threadName(serial: number): string {
    return this.name(serial)?.name ?? (serial === this.mainThread ? 'MainThread' : numbered('thread', serial))
  }
  /** A name that the program gave; '' = none. */
  givenName(serial: number): string {
    return this.name(serial)?.name ?? ''
  }
  /** Its own, else its coroutine's: "fetch", "fetch #2". */
  taskName(serial: number, coroutine: Site | undefined): string {
    const given = this.givenName(serial)
    if (given) return given
    return coroutine
      ? this.taken.unique(withoutOuter(coroutine.func), coroutine.file, coroutine.line)
      : numbered('task', serial)
  }
  isDaemon(serial: number): boolean {
    return this.name(serial)?.daemon ?? false
  }
  /** From the line on which the thread made it, else its kind and serial. */
  objectName(kind: ObjectKind, serial: number, place: Site | undefined, thread: number, internal = false): string {
    const given = this.givenName(serial)
    if (given) return given
    if (kind === objectKinds.loop) return this.taken.unique('event loop', '', 0)
    const name = place ? nameOf(place.text, place.func, kindName(kind), this.turn(kind, place, thread)) : ''
    const taken = internal ? this.takenInside : this.taken
    return name ? taken.unique(name, place!.file, place!.line) : numbered(kindName(kind), serial)
  }
  /** How many of the kind the thread has made at the place before. */
  private turn(kind: ObjectKind, place: Site, thread: number): number {
    const key = `${kind} ${place.id} ${thread}`
    const turn = this.turns.get(key) ?? 0
    this.turns.set(key, turn + 1)
    return turn
  }
}
