// What a thread did while a device stood idle: its waits in an interval, those for the device apart from the others, and the
// range (NVTX) in which it was.
//
// In: intervals of one thread's or task's lanes, in order of time. Out: sums of each. It goes through the slices once; of nested
// waits the outermost counts, for it says what the thread was about, and of nested ranges the innermost.
import { objectKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { columnsFrom, type SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'

/** Of one interval. */
export interface HostDid {
  /** other waits: "reason object site" → ns */
  did: Map<string, number>
  /** ns of waits for the device */
  waited: number
  /** ns of waits for somebody outside of the program, or for another rank, whom other rules tell of; or to be given work at all */
  asked: number
  /** the last wait for the device: its line, −1 = there was none; and when it was */
  site: number
  from: number
  to: number
  /** → work.id of the range in which it was half of the time or longer, 0 = none */
  range: number
}
/** Whoever waits so has no work that it could have told the device of. */
const elsewhere = new Set<number>([reasons.io, reasons.message, reasons.send, reasons.collective])

export class HostWaits {
  private readonly trace: Trace
  private readonly waits: Along
  /** the ranges of the thread, the outermost first */
  private readonly ranges: Along[]

  constructor(trace: Trace, lane: Lane) {
    this.trace = trace
    this.waits = new Along(trace, lane)
    const calls = trace.objects.find((o) => o?.kind === objectKinds.calls && o.belongs === lane.object)
    this.ranges = lanesOf(calls?.lane ?? null).map((of) => new Along(trace, of))
  }

  /** Waits for the device that ended up to `slack` earlier are among them. */
  in(from: number, to: number, slack: number, device: number): HostDid {
    const told: HostDid = { did: new Map(), waited: 0, asked: 0, site: -1, from: 0, to: 0, range: 0 }
    this.waits.in(from - slack, to, ({ start, dur, kind, object, site }, row) => {
      const within = common(start[row]!, dur[row]!, from, to)
      if (kind[row] === reasons.device && this.isOf(object[row]!, device)) {
        told.waited += within
        told.site = site[row]!
        told.from = start[row]!
        told.to = start[row]! + dur[row]!
      } else if (within > 0) {
        const key = `${kind[row]!} ${object[row]!} ${site[row]!}`
        told.did.set(key, (told.did.get(key) ?? 0) + within)
        if (elsewhere.has(kind[row]!) || this.hasNoWork(kind[row]!, object[row]!)) told.asked += within
      }
    })
    for (const along of this.ranges)
      along.in(from, to, ({ start, dur, kind, arg }, row) => {
        if (kind[row] !== sliceKinds.range || common(start[row]!, dur[row]!, from, to) < (to - from) / 2) return
        told.range = arg[row]!
      })
    return told
  }
  /** 0 = several streams. */
  private isOf(stream: number, device: number): boolean {
    return stream === 0 || this.trace.objects[stream]!.belongs === device
  }
  /** A worker waits for its pool's next job. */
  private hasNoWork(kind: number, object: number): boolean {
    const of = this.trace.objects[object]
    return kind === reasons.queueGet && (!of || of.internal || of.kind === objectKinds.pool)
  }
}
const common = (start: number, dur: number, from: number, to: number): number =>
  Math.max(0, Math.min(start + dur, to) - Math.max(start, from))

/** Once along a lane. */
class Along {
  private readonly parts: Iterator<[SliceColumns, number]>
  private columns: SliceColumns | null = null
  private row = 0

  constructor(trace: Trace, lane: Lane) {
    this.parts = columnsFrom(trace, lane, 0)
    this.nextPart()
  }
  private nextPart(): void {
    const { done, value } = this.parts.next()
    this.columns = done ? null : value[0]
    this.row = done ? 0 : value[1]
  }
  /** Slices that meet the interval. The last of them may meet the next one too: it stays. */
  in(from: number, to: number, see: (columns: SliceColumns, row: number) => void): void {
    while (this.columns) {
      if (this.row === this.columns.n) {
        this.nextPart()
        continue
      }
      const { start, dur } = this.columns
      const end = start[this.row]! + dur[this.row]!
      if (start[this.row]! >= to) return
      if (end >= from) see(this.columns, this.row)
      if (end >= to) return
      this.row++
    }
  }
}
