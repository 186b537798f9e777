// What devices did, a class a table: commands of streams, which of them wait for which, what kernels are called, and the
// devices. They are gathered while a recording is made and written when it ends; a trace that was opened has them in its file.
import type { Database } from 'better-sqlite3'
import { objectKinds } from '../../wire/kinds.ts'
import { commands, type Command } from '../../wire/operations.ts'
import type { DeviceLine } from '../../wire/side-file.ts'
import { longer } from './columns.ts'
import type { Lane } from './lane.ts'
import type { ObjectRow } from './model.ts'
import { Refusal } from './refusal.ts'

/** A kernel with the sizes that it is run with, or a range that the program named. */
export interface Work {
  id: number
  name: string
  /** up to three numbers each; [] = none was said */
  global: number[]
  local: number[]
}
export interface DeviceRow extends Omit<DeviceLine, 'k' | 'object'> {
  object: number
}
export interface StreamRow {
  object: number
  /** → object.id of its context, 0 = not said */
  context: number
  inOrder: boolean
}

/** Commands of all streams, a column a field, in the order in which they were enqueued. Times are ns of the trace, NaN = not seen. */
export class Commands {
  n = 0
  stream = new Uint32Array(64)
  number = new Uint32Array(64)
  /** see `commands` of the wire */
  operation = new Uint8Array(64)
  /** kernel: → work.id, 0 = unknown */
  work = new Uint32Array(64)
  bytes = new Float64Array(64)
  pageable = new Uint8Array(64)
  /** who enqueued it → lane.id, and at which line */
  fromLane = new Uint32Array(64)
  site = new Uint32Array(64)
  called = new Float64Array(64)
  returned = new Float64Array(64)
  queued = new Float64Array(64)
  submitted = new Float64Array(64)
  started = new Float64Array(64)
  ended = new Float64Array(64)
  /** as of a slice; cut: it was not seen to end */
  outcome = new Uint8Array(64)
  /** where it is drawn → lane.id, 0 = it was not seen to run */
  lane = new Uint32Array(64)
  /** row → rows of what it had to wait for, by the program's word */
  readonly needs = new Map<number, number[]>()

  add(stream: number, number: number): number {
    const at = this.n++
    if (at === this.stream.length) this.grow()
    this.stream[at] = stream
    this.number[at] = number
    for (const time of times) this[time][at] = NaN
    return at
  }
  private grow(): void {
    for (const name of bytesColumns) this[name] = longer(this[name])
    for (const name of wordColumns) this[name] = longer(this[name])
    for (const name of [...times, 'bytes' as const]) this[name] = longer(this[name])
  }
}
/** Adds to the list of a key. */
export const append = <T>(lists: Map<number, T[]>, key: number, value: T): void => {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
export const times = ['called', 'returned', 'queued', 'submitted', 'started', 'ended'] as const
const bytesColumns = ['operation', 'pageable', 'outcome'] as const
const wordColumns = ['stream', 'number', 'work', 'fromLane', 'site', 'lane'] as const

/** What a stream, or a device, was told to do: numbers of commands. */
export interface Given {
  commands: number
  kernels: number
}
export interface OnDevices {
  commands: Commands
  works: Work[]
  devices: Map<number, DeviceRow>
  streams: Map<number, StreamRow>
}

/** number → what it is called in the table */
export const commandNames = new Map(Object.entries(commands).map(([name, id]) => [id as number, name as Command]))
const ids = new Map<string, number>(Object.entries(commands))
const into = (db: Database, table: string, columns: number) =>
  db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`)
const known = (time: number): number | null => (Number.isNaN(time) ? null : Math.round(time))
const sizes = (list: number[]): string => list.join('×')

export const writeCommands = (
  db: Database,
  { commands: c, works, devices, streams }: OnDevices,
  objects: readonly ObjectRow[],
): void => {
  // a line may speak of what no record has made: the program was killed in between
  const is = (id: number, kind: number) => objects[id]?.kind === kind
  const device = into(db, 'device', 8)
  for (const d of [...devices.values()].filter(({ object }) => is(object, objectKinds.device)))
    device.run(
      d.object,
      d.type ?? 'unknown',
      d.vendor ?? '',
      d.driver ?? '',
      d.memory ?? 0,
      d.units ?? 0,
      d.clock ?? '',
      d.uncertainty ?? null,
    )
  const stream = into(db, 'stream', 3)
  for (const s of [...streams.values()].filter(({ object }) => is(object, objectKinds.stream)))
    stream.run(s.object, is(s.context, objectKinds.context) ? s.context : null, Number(s.inOrder))
  const work = into(db, 'work', 4)
  for (const w of works) if (w) work.run(w.id, w.name, sizes(w.global), sizes(w.local))
  const command = into(db, 'command', 16)
  const need = into(db, 'dependency', 4)
  for (let i = 0; i < c.n; i++) {
    command.run(
      c.stream[i],
      c.number[i],
      commandNames.get(c.operation[i]!) ?? 'other',
      c.work[i],
      c.bytes[i],
      c.pageable[i],
      c.fromLane[i],
      c.site[i],
      ...times.map((time) => known(c[time][i]!)),
      c.outcome[i],
      c.lane[i] || null,
    )
    for (const on of c.needs.get(i) ?? []) need.run(c.stream[i], c.number[i], c.stream[on], c.number[on])
  }
}

/** What the rows of the file may cite. */
interface Cited {
  db: Database
  objects: readonly ObjectRow[]
  lanes: readonly Lane[]
}
/**
 * Of a trace that was opened. Its file is not trusted: a row that cites what is not there is a Refusal. The table of commands,
 * which may have a million rows, is read when it is asked for first: a header needs only the small ones.
 */
export const readDevices = (from: Cited): OnDevices => {
  let commands: Commands | undefined
  return {
    works: readWorks(from),
    devices: readTable(from, 'device', objectKinds.device, (r, object) => {
      const text = (key: string) => (r[key] ? String(r[key]) : undefined)
      return {
        object,
        type: (['gpu', 'cpu', 'accelerator', 'simulator'] as const).find((type) => type === r.type),
        vendor: text('vendor'),
        driver: text('driver'),
        memory: amount(r.memory),
        units: amount(r.units),
        clock: text('clock'),
        uncertainty: r.uncertainty === null ? undefined : amount(r.uncertainty),
      }
    }),
    streams: readTable(from, 'stream', objectKinds.stream, (r, object) => {
      const context = r.context ? cited(from, r.context, objectKinds.context) : 0
      return { object, context, inOrder: r.in_order === 1 }
    }),
    get commands() {
      return (commands ??= readCommands(from))
    },
  }
}

/** The rows of a table about objects of one kind, by object. */
function readTable<R>(from: Cited, table: string, kind: number, row: (r: Row, object: number) => R): Map<number, R> {
  const found = new Map<number, R>()
  for (const r of rows(from, `SELECT * FROM ${table}`)) {
    const object = cited(from, r.object, kind)
    found.set(object, row(r, object))
  }
  return found
}

function readWorks(from: Cited): Work[] {
  const works: Work[] = [undefined as never]
  for (const r of rows(from, 'SELECT * FROM work ORDER BY id')) {
    if (r.id !== works.length) damaged('what its kernels are called is not numbered from 1')
    works.push({ id: works.length, name: String(r.name), global: numbers(r.global), local: numbers(r.local) })
  }
  return works
}

function readCommands(from: Cited): Commands {
  const c = new Commands()
  const lane = (id: unknown, kinds: readonly Lane['kind'][]): number =>
    kinds.includes(from.lanes[Number(id)]?.kind as Lane['kind'])
      ? Number(id)
      : damaged('a command is on a lane that it does not have')
  const places = new Map<string, number>()
  for (const r of rows(from, 'SELECT * FROM command ORDER BY rowid')) {
    const i = c.add(cited(from, r.stream, objectKinds.stream), Number(r.number))
    places.set(`${c.stream[i]} ${c.number[i]}`, i)
    c.operation[i] = ids.get(String(r.operation)) ?? commands.other
    c.work[i] = Number(r.work)
    c.bytes[i] = amount(r.bytes)
    c.pageable[i] = Number(r.pageable === 1)
    c.fromLane[i] = lane(r.from_lane, ['thread', 'task'])
    c.site[i] = Number(r.site)
    for (const time of times) c[time][i] = Number.isFinite(r[time]) ? Number(r[time]) : NaN
    c.outcome[i] = Number(r.outcome)
    c.lane[i] = r.lane === null ? 0 : lane(r.lane, ['stream'])
  }
  for (const r of rows(from, 'SELECT * FROM dependency')) {
    const row = places.get(`${String(r.stream)} ${String(r.number)}`)
    const needed = places.get(`${String(r.on_stream)} ${String(r.on_number)}`)
    if (row === undefined || needed === undefined) damaged('a command depends on one that it does not have')
    append(c.needs, row!, needed!)
  }
  return c
}

/** How many commands each stream was given, and how many of them were kernels, by the file's own count. */
export const countCommands = ({ db }: Pick<Cited, 'db'>): Map<number, Given> => {
  const sql = `SELECT stream, COUNT(*) AS commands, SUM(operation = 'kernel') AS kernels FROM command GROUP BY stream`
  const all = db.prepare(sql).all() as { stream: number; commands: number; kernels: number }[]
  return new Map(all.map(({ stream, commands, kernels }) => [stream, { commands, kernels }]))
}

type Row = Record<string, unknown>
const rows = ({ db }: Cited, sql: string) => db.prepare(sql).iterate() as Iterable<Row>
const cited = ({ objects }: Cited, id: unknown, kind: number): number =>
  objects[Number(id)]?.kind === kind ? Number(id) : damaged('it tells of a device or a stream that it does not have')
const damaged = (what: string): never => {
  throw new Refusal(`This trace is damaged: ${what}.`)
}
const amount = (value: unknown): number => (Number.isFinite(value) ? Math.max(0, Number(value)) : 0)
const numbers = (text: unknown): number[] => (text ? String(text).split('×').map(Number).filter(Number.isFinite) : [])
