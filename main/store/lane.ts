// A line of the timeline in memory: the index of its blocks, its unsealed tail and its open slice. Slices of one lane
// never overlap and never share a start (the table's key): what would, belongs on the next lane of the same object.
// Every field exists from the start: loops touch lanes of one shape.
import type { LaneKind } from '../../wire/api.ts'
import { Tail, rowFloats, rowWords, word } from './tail.ts'
import type { Detail } from './detail.ts'
import type { Slices } from './slices.ts'

/** One block, or 32 of them merged (a super: its id is that of the super table). */
export class Block {
  id: number
  start: number
  end: number
  count: number
  levels: Uint8Array
  /** level → what was loaded of it */
  details: (Detail | null)[]
  /** all levels of ≤ 64 items, packed; null = not loaded */
  coarse: Uint8Array | null
  /** its slices, when they were loaded */
  raw: Slices | null
  isSuper: boolean
  constructor(id: number, start: number, end: number, count: number, levels: Uint8Array, isSuper: boolean) {
    this.id = id
    this.start = start
    this.end = end
    this.count = count
    this.levels = levels
    this.details = noDetails
    this.coarse = null
    this.raw = null
    this.isSuper = isSuper
  }
}
const noDetails: (Detail | null)[] = []

/** It counts something over time: items of a queue, commands that a device runs, memory. */
export const isCount = ({ kind }: Lane): boolean => kind === 'queue' || kind === 'device' || kind === 'deviceMemory'

/** The lane of a thread or task: what it waits for. */
export const isActor = (lane: Lane): boolean => lane.kind === 'thread' || lane.kind === 'task'

export class Lane {
  id: number
  kind: LaneKind
  /** first lane of the same object, null when this is it */
  parent: Lane | null
  depth: number
  object: number
  process: number
  /** the next lane of the same object */
  next: Lane | null = null
  blocks: Block[] = []
  supers: Block[] = []
  /** blocks that wait to be merged into a super: their finest coarse level */
  merging: { level: number; detail: Detail }[] = []
  mergingFrom = 0
  tail: Tail | null = null
  slices = 0
  lastStart = -Infinity
  lastEnd = -Infinity
  /** the open slice; kind -1: there is none */
  openKind = -1
  openStart = 0
  openObject = 0
  openSite = 0
  openArg = 0
  /** a wait: the stack it began with → stacks, 0 = none; it gives up by itself after a time */
  openStack = 0
  openTimed = false
  /** queue: items from which a slice counts as class 1, 2, 3 (kinds.ts); 0 elsewhere */
  low = 0
  half = 0
  full = 0

  constructor(id: number, kind: LaneKind, parent: Lane | null, depth: number, object: number, process: number) {
    this.id = id
    this.kind = kind
    this.parent = parent
    this.depth = depth
    this.object = object
    this.process = process
  }

  /** Classes of a queue by its bound; 0 = unbounded. */
  bound(capacity: number): void {
    this.low = 1
    this.half = capacity > 0 ? Math.floor(capacity / 2) + 1 : 10
    this.full = capacity > 0 ? capacity : 100
  }

  open(kind: number, start: number, object: number, site: number, arg: number): void {
    this.openKind = kind
    this.openStart = start
    this.openObject = object
    this.openSite = site
    this.openArg = arg
    this.openStack = 0
    this.openTimed = false
  }

  /** A finished slice at the end of the tail. False: it starts before the last one ended, and does not fit here. */
  push(
    start: number,
    dur: number,
    kind: number,
    object: number,
    site: number,
    arg: number,
    stack: number,
    outcome: number,
  ) {
    if (start < this.lastEnd || start === this.lastStart) return false
    let tail = this.tail
    if (tail === null) tail = this.tail = new Tail()
    if (tail.n === tail.room) tail.grow()
    const f = tail.n * rowFloats
    const w = tail.n * rowWords
    tail.floats[f] = start
    tail.floats[f + 1] = dur
    const words = tail.words
    words[w + word.kind] = kind
    words[w + word.object] = object
    words[w + word.site] = site
    words[w + word.arg] = arg
    words[w + word.stack] = stack
    words[w + word.outcome] = outcome
    tail.n++
    this.slices++
    this.lastStart = start
    this.lastEnd = start + dur
    return true
  }

  /** The open slice ends and goes to the tail. False: it does not fit here, but is open no more. */
  closeOpen(time: number, stack: number, outcome: number): boolean {
    const start = this.openStart
    const kind = this.openKind
    this.openKind = -1
    if (start < this.lastEnd || start === this.lastStart) return false
    let tail = this.tail
    if (tail === null) tail = this.tail = new Tail()
    if (tail.n === tail.room) tail.grow()
    const f = tail.n * rowFloats
    const w = tail.n * rowWords
    const end = time > start ? time : start
    tail.floats[f] = start
    tail.floats[f + 1] = end - start
    const words = tail.words
    words[w + word.kind] = kind
    words[w + word.object] = this.openObject
    words[w + word.site] = this.openSite
    words[w + word.arg] = this.openArg
    words[w + word.stack] = stack || this.openStack
    words[w + word.outcome] = outcome
    tail.n++
    this.slices++
    this.lastStart = start
    this.lastEnd = end
    return true
  }
}
