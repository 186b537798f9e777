// How many actors ran at once.
//
//   t1  ████░░░░████      2 ┐   ┌─       a thread runs between its waits, also while it has the GIL to get no more;
//   t2  ░░░░████████      1 └───┘        one that waits for the GIL does not
//
// In: an area. Out: the mean number a pixel, and exactly how long just so many ran. Processes count together. Of a loop's
// thread and its tasks one runs: the thread, but for what a task waits for inside its step (a lock, time.sleep). Of
// another program nothing is known, and it is not counted. Beginnings and ends are put in order a band of time at once:
// ten million of them need no memory to speak of, and a smaller sort is a faster one.
import type { Parallelism } from '../../wire/api.ts'
import { objectKinds, reasons } from '../../wire/kinds.ts'
import type { ObjectRow, ThreadRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { Spans } from './blame.ts'
import { columnsIn } from './read.ts'
import { Turns, threadOfLoop } from './turns.ts'
import { list } from './words.ts'

/** beginnings and ends that are put in order at once */
const bandChanges = 400_000

interface Area {
  from: number
  to: number
  width: number
}
type Waits = Generator<[start: Float64Array, end: Float64Array, first: number, last: number]>

export function parallelism(trace: Trace, area: Area): Parallelism {
  const asked = parallelismInTurns(trace, area)
  for (;;) {
    const { done, value } = asked.next()
    if (done) return value
  }
}

export function* parallelismInTurns(trace: Trace, area: Area): Generator<void, Parallelism> {
  const from = Math.max(0, Math.floor(area.from))
  const to = Math.max(from + 1, Math.floor(Math.min(trace.end, Math.ceil(area.to))))
  const threads = trace.threads.filter(
    (t) => t.object.lane!.kind === 'thread' && t.start < to && (endOf(trace, t) ?? to) > from,
  )
  const inSteps = yield* waitsInsideSteps(trace, from, to)
  const changes = threads.map((t) => new Changes(trace, t, from, to, inSteps.get(t.object.id)))
  const count = new Count(from, to, area.width)
  const bands = Math.max(1, Math.ceil((2 * slicesOf(threads)) / bandChanges))
  let buffer = new Float64Array(1024)
  for (let band = 1; band <= bands; band++) {
    const until = band === bands ? Infinity : from + ((to - from) * band) / bands
    let n = 0
    for (const of of changes) {
      // twice the time, and one more where one begins to run: one number to be sorted
      for (let time = of.peek(); time < until; time = of.peek()) {
        if (n === buffer.length) buffer = doubled(buffer)
        buffer[n++] = 2 * time + of.next()
      }
      yield
    }
    count.add(buffer.subarray(0, n).sort())
    yield
  }
  return { from, to, ...count.done(), because: whatIsNotKnown(trace, threads) }
}
const doubled = (from: Float64Array) => {
  const more = new Float64Array(from.length * 2)
  more.set(from)
  return more
}
const endOf = (trace: Trace, thread: ThreadRow) => thread.end ?? trace.processes[thread.object.process]?.end ?? null
const slicesOf = (threads: ThreadRow[]) => threads.reduce((sum, t) => sum + t.object.lane!.slices, 0)

/** The times at which one thread begins or ceases to run, in order. */
class Changes {
  private readonly waits: Waits
  private readonly to: number
  private starts: Float64Array = new Float64Array(0)
  private ends: Float64Array = new Float64Array(0)
  private at = 0
  private last = 0
  /** what comes next: its beginning, a wait's start or end, its end, nothing */
  private state: 'begins' | 'waits' | 'wakes' | 'ends' | 'over' = 'begins'
  private time: number
  private readonly end: number
  private wake = 0

  constructor(trace: Trace, thread: ThreadRow, from: number, to: number, inSteps: Spans | undefined) {
    this.to = to
    this.time = Math.max(from, thread.start)
    this.end = Math.min(to, endOf(trace, thread) ?? to)
    this.waits = inSteps ? together(trace, thread, from, to, inSteps) : ownWaits(trace, thread, from, to)
  }
  peek(): number {
    return this.state === 'over' ? Infinity : this.time
  }
  /** 1: it runs from then on; 0: no more. */
  next(): 0 | 1 {
    const runs = this.state === 'begins' || this.state === 'wakes'
    if (this.state === 'waits') {
      this.state = 'wakes'
      this.time = this.wake
    } else if (this.state === 'ends') this.state = 'over'
    else this.nextWait(this.time)
    return runs ? 1 : 0
  }
  private nextWait(after: number): void {
    for (;;) {
      while (this.at >= this.last) {
        const { done, value } = this.waits.next()
        if (done) {
          this.state = 'ends'
          this.time = Math.max(after, this.end)
          return
        }
        ;[this.starts, this.ends, this.at, this.last] = value
      }
      const start = Math.max(after, this.starts[this.at]!)
      const end = Math.min(this.end, Math.floor(this.ends[this.at++]!))
      if (end <= start || start >= this.to) continue
      this.state = 'waits'
      this.time = start
      this.wake = end
      return
    }
  }
}

function* ownWaits(trace: Trace, thread: ThreadRow, from: number, to: number): Waits {
  for (const [{ start, dur }, first, last] of columnsIn(trace, thread.object.lane!, from, to)) {
    for (let i = first; i < last; i++) dur[i]! += start[i]!
    yield [start, dur, first, last]
  }
}
/** Its waits and those of the tasks that it runs, where they meet as one. */
function* together(trace: Trace, thread: ThreadRow, from: number, to: number, inSteps: Spans): Waits {
  const all = new Spans()
  for (let i = 0; i < inSteps.n; i++) all.push(inSteps.start[i]!, inSteps.end[i]!)
  for (const [{ start, dur }, first, last] of columnsIn(trace, thread.object.lane!, from, to))
    for (let i = first; i < last; i++) all.push(start[i]!, start[i]! + dur[i]!)
  const order = Uint32Array.from({ length: all.n }, (_, i) => i).sort((a, b) => all.start[a]! - all.start[b]!)
  const merged = new Spans()
  for (const i of order) {
    const before = merged.n - 1
    if (before >= 0 && all.start[i]! <= merged.end[before]!)
      merged.end[before] = Math.max(merged.end[before]!, all.end[i]!)
    else merged.push(all.start[i]!, all.end[i]!)
  }
  yield [merged.start, merged.end, 0, merged.n]
}

/** thread → what the tasks on its loop waited for while they had it */
function* waitsInsideSteps(trace: Trace, from: number, to: number): Generator<void, Map<number, Spans>> {
  const found = new Map<number, Spans>()
  const turns = new Map<number, { turns: Turns; thread: number }>()
  for (const task of trace.threads) {
    const loop = task.loop === null ? undefined : trace.objects[task.loop]
    if (!loop || task.start >= to || (task.end ?? to) <= from) continue
    let of = turns.get(loop.id)
    if (!of) {
      const made = new Turns()
      yield* made.read(trace, loop, from, to)
      turns.set(loop.id, (of = { turns: made, thread: threadOfLoop(trace, loop, made) }))
    }
    for (const [{ start, dur, kind }, first, last] of columnsIn(trace, task.object.lane!, from, to)) {
      for (let i = first; i < last; i++) {
        // nearly every wait of a task is followed by one for the loop: then it did not have the loop
        const end = start[i]! + dur[i]!
        if (kind[i] === reasons.loop || (i + 1 < last && kind[i + 1] === reasons.loop && start[i + 1] === end)) continue
        const turn = of.turns.endedBy(start[i]!) + 1
        if (turn >= of.turns.n || of.turns.start[turn]! > start[i]! || of.turns.actor[turn] !== task.object.id) continue
        if (!found.has(of.thread)) found.set(of.thread, new Spans())
        found.get(of.thread)!.push(start[i]!, end)
      }
      yield
    }
  }
  return found
}

/** Adds up how many ran, a pixel and for each number. */
class Count {
  private readonly to: number
  private readonly spread: number[] = []
  private readonly pixels: Float64Array
  private readonly wide: number
  private readonly from: number
  private running = 0
  private time: number
  private pixel = 0
  private pixelEnd: number

  constructor(from: number, to: number, width: number) {
    this.from = this.time = from
    this.to = to
    this.pixels = new Float64Array(width)
    this.wide = (to - from) / width
    this.pixelEnd = from + this.wide
  }
  add(changes: Float64Array): void {
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i]!
      const time = Math.floor(change / 2)
      if (time > this.time) this.lasts(time)
      this.running += change - 2 * time === 1 ? 1 : -1
    }
  }
  private lasts(until: number): void {
    const { pixels, running } = this
    this.spread[running] = (this.spread[running] ?? 0) + until - this.time
    let time = this.time
    while (until > this.pixelEnd && this.pixel < pixels.length - 1) {
      pixels[this.pixel]! += running * (this.pixelEnd - time)
      time = this.pixelEnd
      this.pixelEnd = this.from + this.wide * (++this.pixel + 1)
    }
    pixels[this.pixel]! += running * (until - time)
    this.time = until
  }
  done(): Pick<Parallelism, 'running' | 'spread' | 'mean'> {
    if (this.to > this.time) this.lasts(this.to)
    const spread = Array.from(this.spread, (ns) => ns ?? 0)
    const total = spread.reduce((sum, ns, k) => sum + k * ns, 0)
    return {
      running: Float32Array.from(this.pixels, (ns) => ns / this.wide),
      spread,
      mean: total / (this.to - this.from),
    }
  }
}

/** Threads of a process whose GIL was not seen count as running while they wait for it. */
function whatIsNotKnown(trace: Trace, threads: ThreadRow[]): string {
  const several = new Map<number, number>()
  for (const { object } of threads) several.set(object.process, (several.get(object.process) ?? 0) + 1)
  const unseen = [...several]
    .filter(([id, n]) => n > 1 && !hasGil(trace, id) && !/free/.test(trace.processes[id]!.python))
    .map(([id]) => trace.processes[id]!.name)
  return unseen.length
    ? `The GIL of ${list(unseen)} was not seen: a thread that waited for it counts as one that ran.`
    : ''
}
const hasGil = (trace: Trace, process: number): boolean =>
  trace.objects.some((o: ObjectRow | undefined) => o?.kind === objectKinds.gil && o.process === process)
