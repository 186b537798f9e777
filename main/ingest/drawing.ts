// Test support: a drawing becomes real event files, goes through real ingest and is a real trace.
//
//   drawn(`
//     t1  AAAAAAAA........        a letter is an object: A = the thread holds A, a = it waits for A
//     t2  ..aaaaaaAAAA....        . = runs   z = sleeps   space = not there (before its start, after its end)
//     t2  .....bbbBBB.....        one thread may have several rows: it waits and holds at several depths
//   `)
//
// H and w are A's too: "holds", "waits". Letters are locks unless `objects` says otherwise:
//   semaphore   S holds a permit, s waits for one
//   queue       q waits to get, Q waits to put; + puts into and - gets from the drawing's one queue
//   condition   c waits; ! notifies all who wait
//   event       e waits; ^ sets it
// A wait is over because it got what it waited for, unless ~ follows: it gave up, % : it raised, # : it was cancelled.
// Ends are stamped at the column where the next thing begins. Column i is at i × unit ns.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventKinds, flags, objectKinds, outcomes, reasons, type ObjectKindName } from '../../wire/kinds.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter, type WrittenObject } from './write-events.ts'

export interface DrawnObject {
  kind: ObjectKindName
  /** "Account.lock" becomes the name that ingest finds; default: the letter */
  name?: string
  capacity?: number
  /** it was made by the line that made that letter, in the same way */
  madeWith?: string
}
export interface Drawing {
  /** ns a column; default 1 */
  unit?: number
  objects?: Record<string, DrawnObject>
  /** the program is killed at the end of the drawing: default false, it says good-bye */
  killed?: boolean
  /** still recording: nothing is finished, what is open stays open */
  live?: boolean
  /** where the trace is kept; default: a file that is gone when the trace is closed */
  path?: string
}

interface Row {
  thread: string
  cells: string
}
interface Happening {
  time: number
  /** what comes first at the same time: the cause before its effect */
  phase: number
  write: () => void
}

const rowsOf = (drawing: string): Row[] => {
  const lines = drawing.split('\n').filter((line) => line.trim())
  return lines.map((line) => {
    const found = /^\s*(\S+) {2}(.*)$/.exec(line)
    if (!found) throw new Error(`A row of a drawing is a name, two spaces and columns: "${line}"`)
    return { thread: found[1]!, cells: found[2]! }
  })
}

/** Writes the drawing's event files into the folder. */
export const writeDrawing = (drawing: string, folder: string, options: Drawing = {}): EventWriter => {
  const unit = options.unit ?? 1
  const rows = rowsOf(drawing)
  const letters = new Set(rows.flatMap((r) => [...r.cells.replaceAll('H', 'A').replaceAll('w', 'a')]).filter(isObject))
  const objects = new Map<string, DrawnObject>()
  for (const letter of [...letters].map((l) => l.toUpperCase()).sort()) objects.set(letter, { kind: 'lock' })
  for (const [letter, object] of Object.entries(options.objects ?? {})) objects.set(letter, object)

  const writer = new EventWriter(folder)
  const source = [...objects].map(([letter, o]) => creation(letter, o))
  const letterAt = [...objects.keys()]
  writeFileSync(
    join(folder, 'drawing.py'),
    [...source.map((s) => s.text), ...rows.map((r) => `${r.thread}()`)].join('\n'),
  )
  const threads = new Map<string, number>()
  for (const { thread } of rows) if (!threads.has(thread)) threads.set(thread, writer.thread(thread))
  const written = new Map<string, WrittenObject>()
  ;[...objects].forEach(([letter, o], i) => {
    const line = o.madeWith ? letterAt.indexOf(o.madeWith) : i
    const site = writer.site('drawing.py', line + 1, source[line]!.func)
    written.set(letter, writer.object(objectKinds[o.kind], threads.get(rows[0]!.thread)!, 0, site, o.capacity ?? 0))
  })

  const happenings: Happening[] = []
  const happen = (column: number, phase: number, write: (time: number) => void) =>
    happenings.push({ time: column * unit, phase, write: () => write(column * unit) })
  const state: State = { writer, holders: new Map(), waiting: new Map(), items: [], depth: 0, notified: new Map() }
  for (const [name, serial] of threads) {
    const own = rows.filter((r) => r.thread === name)
    const begin = Math.min(...own.map((r) => r.cells.search(/\S/)))
    happen(begin, 0, (time) => writer.add(serial, time, eventKinds.threadBegin, { object: serial, arg: 1000 + serial }))
    const end = Math.max(...own.map((r) => r.cells.trimEnd().length))
    if (own.some((r) => r.cells.length > end))
      happen(end, 9, (time) => writer.add(serial, time, eventKinds.threadEnd, { object: serial }))
  }
  rows.forEach((row, i) => {
    const site = writer.site('drawing.py', objects.size + i + 1, row.thread)
    drawRow(row, threads.get(row.thread)!, site, { state, objects, written, happen, unit })
  })
  happenings.sort((a, b) => a.time - b.time || a.phase - b.phase)
  for (const { write } of happenings) write()
  const end = Math.max(...rows.map((r) => r.cells.length)) * unit
  if (!options.killed && !options.live) writer.end(end)
  writer.close()
  return writer
}

const inVain: Record<string, number> = { '~': outcomes.timedOut, '%': outcomes.raised, '#': outcomes.cancelled }
const isObject = (cell: string) => /[A-Za-y]/.test(cell)
const creation = (letter: string, { kind, name = letter }: DrawnObject) => {
  const [owner, field] = name.split('.')
  const call = kind[0]!.toUpperCase() + kind.slice(1) + '()'
  return field
    ? { text: `        self.${field} = ${call}`, func: `${owner}.__init__` }
    : { text: `${name} = ${call}`, func: '<module>' }
}

interface State {
  writer: EventWriter
  /** letter → serials of the threads that hold it */
  holders: Map<string, number[]>
  waiting: Map<string, number[]>
  items: number[]
  depth: number
  /** letter → seq of the last notify, set, put or get */
  notified: Map<string, number>
}
interface Canvas {
  state: State
  objects: Map<string, DrawnObject>
  written: Map<string, WrittenObject>
  happen: (column: number, phase: number, write: (time: number) => void) => void
  unit: number
}

const drawRow = (row: Row, thread: number, site: number, canvas: Canvas) => {
  const cells = row.cells.replaceAll('H', 'A').replaceAll('w', 'a')
  for (let from = 0, to = 0; from < cells.length; from = to) {
    const cell = cells[from]!
    for (to = from + 1; cells[to] === cell && !'+-!^'.includes(cell);) to++
    if (cell === '.' || cell === ' ' || cell in inVain) continue
    const beside = { before: cells[from - 1] ?? '', after: cells[to] ?? '' }
    drawSpan(cell, from, to, to === cells.length, beside, thread, site, canvas)
  }
}

const drawSpan = (
  cell: string,
  from: number,
  to: number,
  open: boolean,
  { before, after }: { before: string; after: string },
  thread: number,
  site: number,
  { state, objects, written, happen, unit }: Canvas,
) => {
  const { writer } = state
  const letterOf = (kind: RegExp) => [...objects].find(([, o]) => kind.test(o.kind))?.[0]
  const letter =
    cell === '+' || cell === '-'
      ? letterOf(/ueue/)
      : cell === '!'
        ? letterOf(/^cond/)
        : cell === '^'
          ? letterOf(/^event/)
          : cell.toUpperCase()
  if (cell === 'z') {
    happen(from, 4, (t) =>
      writer.add(thread, t, eventKinds.wait, {
        site,
        flags: reasons.sleep,
        arg: Math.round(((to - from) * unit) / 1e6),
      }),
    )
    if (!open) happen(to, 2, (t) => writer.add(thread, t, eventKinds.wake, { flags: inVain[after] ?? outcomes.done }))
    return
  }
  const object = letter ? written.get(letter) : undefined
  if (!letter || !object) throw new Error(`The drawing has a "${cell}" that is no object of it.`)
  const kind = objects.get(letter)!.kind
  const held = () => state.holders.get(letter) ?? []
  const tell = (seq: number) => state.notified.set(letter, seq)
  if (cell === '!' || cell === '^')
    return happen(from, 1, (t) =>
      tell(writer.on(object, thread, t, cell === '!' ? eventKinds.notify : eventKinds.set, { site, arg: 1 })),
    )
  if (cell === '+')
    return happen(from, 1, (t) => {
      const seq = writer.on(object, thread, t, eventKinds.put, { site, arg: ++state.depth })
      state.items.push(seq)
      tell(seq)
    })
  if (cell === '-')
    return happen(from, 3, (t) => {
      state.depth = Math.max(0, state.depth - 1)
      tell(writer.on(object, thread, t, eventKinds.get, { site, arg: state.items.shift() ?? 0 }))
    })
  const isQueue = /ueue/.test(kind)
  const holds = cell === letter && !isQueue
  if (holds && /ock$|emaphore$/.test(kind)) {
    happen(from, 3, (t) => {
      state.holders.set(letter, [...held(), thread])
      const flag = before === letter.toLowerCase() ? flags.contended : 0
      writer.on(object, thread, t, eventKinds.acquire, { site, flags: flag, arg: 1 })
    })
    if (open) return
    return happen(to, 0, (t) => {
      state.holders.set(
        letter,
        held().filter((h) => h !== thread),
      )
      tell(writer.on(object, thread, t, eventKinds.release, { site, arg: /emaphore$/.test(kind) ? 1 : 0 }))
    })
  }
  const reason = isQueue ? (cell === letter ? reasons.queuePut : reasons.queueGet) : reasonOf[kind]
  if (reason === undefined) throw new Error(`Nobody waits for a ${kind} in a drawing.`)
  happen(from, 4, (t) =>
    writer.add(thread, t, eventKinds.wait, {
      object: object.serial,
      site,
      flags: reason | (after === '~' ? flags.timed : 0),
      arg: held()[0] ?? 0,
    }),
  )
  if (!open)
    happen(to, 2, (t) =>
      writer.add(thread, t, eventKinds.wake, {
        object: object.serial,
        flags: inVain[after] ?? outcomes.done,
        arg: state.notified.get(letter) ?? 0,
      }),
    )
}
const reasonOf: Partial<Record<ObjectKindName, number>> = {
  lock: reasons.lock,
  rlock: reasons.lock,
  semaphore: reasons.semaphore,
  boundedSemaphore: reasons.semaphore,
  condition: reasons.condition,
  event: reasons.event,
  barrier: reasons.barrier,
}

/** The drawing as a trace: finished and with rows, unless it is live. */
export const drawn = (drawing: string, options: Drawing = {}): Trace => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-drawing-'))
  try {
    mkdirSync(join(folder, 'run'))
    writeDrawing(drawing, join(folder, 'run'), options)
    const trace = createTrace(options.path ?? join(folder, 'drawing.interleave'))
    const ingest = new Ingest(trace, join(folder, 'run'))
    if (options.live) {
      while (!ingest.step(1000).caughtUp);
      trace.end = Math.max(...rowsOf(drawing).map((r) => r.cells.length)) * (options.unit ?? 1)
      trace.commit(Infinity)
      return trace
    }
    ingest.finish()
    makeRows(trace)
    trace.settle()
    return trace
  } finally {
    rmSync(folder, { recursive: true })
  }
}
