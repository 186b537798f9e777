// What a thread did while a device stood idle: its waits in an interval, those for the device apart from the others.
//
// In: intervals of one thread's or task's lane, in order of time. Out: sums of each. It goes through the lane's slices once;
// of nested waits the outermost counts, for it says what the thread was about.
import { reasons } from '../../wire/kinds.ts'
import { columnsFrom, type SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'

/** Of one interval. */
export interface HostDid {
  /** other waits: "reason object site" → ns */
  did: Map<string, number>
  /** ns of waits for the device */
  waited: number
  /** the last of these: its line, −1 = there was none; and when it was */
  site: number
  from: number
  to: number
}

export class HostWaits {
  private readonly trace: Trace
  private readonly parts: Iterator<[SliceColumns, number]>
  private columns: SliceColumns | null = null
  private row = 0

  constructor(trace: Trace, lane: Lane) {
    this.trace = trace
    this.parts = columnsFrom(trace, lane, 0)
    this.nextPart()
  }
  private nextPart(): void {
    const { done, value } = this.parts.next()
    this.columns = done ? null : value[0]
    this.row = done ? 0 : value[1]
  }

  /** Waits for the device that ended up to `slack` earlier are among them. */
  in(from: number, to: number, slack: number, device: number): HostDid {
    const told: HostDid = { did: new Map(), waited: 0, site: -1, from: 0, to: 0 }
    // the next interval may begin in the last slice of this one: it stays
    for (; this.columns; this.row++) {
      if (this.row === this.columns.n) {
        this.nextPart()
        this.row--
        continue
      }
      const { start, dur } = this.columns
      const end = start[this.row]! + dur[this.row]!
      if (start[this.row]! >= to) return told
      if (end >= from - slack) this.add(told, from, to, device)
      if (end >= to) return told
    }
    return told
  }
  private add(told: HostDid, from: number, to: number, device: number): void {
    const { start, dur, kind, object, site } = this.columns!
    const { row } = this
    const end = start[row]! + dur[row]!
    const within = Math.max(0, Math.min(end, to) - Math.max(start[row]!, from))
    if (kind[row] === reasons.device && this.isOf(object[row]!, device)) {
      told.waited += within
      told.site = site[row]!
      told.from = start[row]!
      told.to = end
    } else if (within > 0) {
      const key = `${kind[row]!} ${object[row]!} ${site[row]!}`
      told.did.set(key, (told.did.get(key) ?? 0) + within)
    }
  }
  /** 0 = several streams. */
  private isOf(stream: number, device: number): boolean {
    return stream === 0 || this.trace.objects[stream]!.belongs === device
  }
}
