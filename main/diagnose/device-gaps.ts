// Why a device stood idle: for each of its gaps what the thread did that launched the command after it, told by one cause
// each. The one place that says which: rules that tell of gaps take theirs from here.
//
//   thread   launch         sync ┄┄┄┄▷ ......... launch      1. host    it did something else for longer than 0.2 ms: it slept,
//   device     ████████████████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁████                   waited for others, computed            (device-idle)
//                              gap                             2. sync    it had waited until the device was done (sync-too-often)
//                                                              3. launch  neither: to launch the next took so long (launch-bound)
//
// A gap after which a command ran that had long been launched is nobody's: the device took that time by itself, or for what
// it depends on. First comes what the thread did besides: without its wait the device would still have had to wait for that.
// 0.2 ms: the Python between two launches takes some µs, the slowest way to launch that is known, an operation on an array of
// pyopencl.array or CuPy, 50 to 100. A gap of more than 1 ms in which the thread did nothing besides is nobody's too: the driver
// compiled the kernel, which comes once, or the machine was busy with others and let the thread wait for a core. So is one in
// which the thread had nothing to do, as a server without a request, or waited for another rank, which other rules tell of. Gaps
// are added up with the time that the device was at work between them.
import { commands as operations } from '../../wire/operations.ts'
import { onDevices } from '../query/commands.ts'
import type { Commands } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { deviceUses, type DeviceUse } from './device-uses.ts'
import { HostWaits, type HostDid } from './host-waits.ts'

/** ns that a thread is given to get from one launch to the next */
const apart = 200e3
/** ns that a launch takes at most, or the way back from the device to a thread and there again */
const way = 1e6
/** ns: gaps of a ms that are so far apart are not those of a loop */
const phase = 1e9
/** ns by which a wait may seem to end before what it waited for: clocks */
const slack = 50e3
/** bytes: who reads so little looks at it, to know whether to go on; more is a result */
const aLook = 4096

export class Gaps {
  count = 0
  /** ns */
  idle = 0
  /** ns that the device was at work between them; of gaps by the host it is not asked */
  busy = 0
  add(idle: number, busy: number): void {
    this.count++
    this.idle += idle
    this.busy += busy
  }
  join({ count, idle, busy }: Gaps): void {
    this.count += count
    this.idle += idle
    this.busy += busy
  }
}
/** What one thread launched at one line for one device, and the gaps before it. */
export class Line {
  readonly use: DeviceUse
  /** → lane.id of the thread or task */
  readonly lane: number
  readonly site: number
  launches = 0
  kernels = 0
  /** ns that its commands ran */
  ran = 0
  /** first and last call, the first begin and the last end on the device */
  called = Infinity
  lastCalled = 0
  from = Infinity
  to = 0
  readonly all = new Gaps()
  readonly launch = new Gaps()
  readonly host = new Gaps()
  /** what the thread did in those gaps: "reason object site" → ns; "0 0 0": it ran */
  readonly did = new Map<string, number>()
  /** where it ran in them: work.id of the range → ns; 0 = in none */
  readonly ranges = new Map<number, number>()
  /** the longest of those gaps */
  longest: { lane: number; time: number; dur: number }[] = []
  constructor(use: DeviceUse, lane: number, site: number) {
    this.use = use
    this.lane = lane
    this.site = site
  }
}
/** How the thread stood still: until all was done, until a copy of its own was, or to look at some bytes, or to have many. */
export type Stood = 'finish' | 'write' | 'look' | 'read'
/** The gaps after the waits of one thread at one line, up to its next launch. */
export class Sync {
  readonly use: DeviceUse
  readonly lane: number
  readonly site: number
  readonly how: Stood
  readonly gaps = new Gaps()
  /** lines that launched after it */
  readonly next = new Set<number>()
  bytes = 0
  from = Infinity
  to = 0
  constructor(use: DeviceUse, lane: number, site: number, how: Stood) {
    this.use = use
    this.lane = lane
    this.site = site
    this.how = how
  }
}
export interface DeviceGaps {
  lines: Line[]
  syncs: Sync[]
}

const known = new WeakMap<Trace, DeviceGaps>()
export function deviceGaps(trace: Trace): DeviceGaps {
  let gaps = known.get(trace)
  if (!gaps) {
    gaps = { lines: [], syncs: [] }
    for (const use of deviceUses(trace)) new Walk(trace, use, gaps).all()
    if (!trace.live) known.set(trace, gaps)
  }
  return gaps
}

/** Through the commands of a device, in the order in which they began. */
class Walk {
  private readonly trace: Trace
  private readonly use: DeviceUse
  private readonly into: DeviceGaps
  private readonly commands: Commands
  private readonly lines = new Map<string, Line>()
  private readonly syncs = new Map<string, Sync>()
  private readonly hosts = new Map<number, HostWaits>()
  private readonly before: Int32Array
  /** by sort of gap: the end of the last, and how long the device had been at work before it */
  private readonly last = new Map<string, { until: number; worked: number }>()
  constructor(trace: Trace, use: DeviceUse, into: DeviceGaps) {
    this.trace = trace
    this.use = use
    this.into = into
    this.commands = onDevices(trace).commands
    this.before = calledBefore(this.commands)
  }

  all(): void {
    const { started, ended, called, operation } = this.commands
    const { rows, idle, from } = this.use.all
    let gone = 0
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      const line = this.lineOf(row)
      line.launches++
      if (operation[row] === operations.kernel) line.kernels++
      line.ran += ended[row]! - started[row]!
      line.called = Math.min(line.called, called[row]!)
      line.lastCalled = Math.max(line.lastCalled, called[row]!)
      line.from = Math.min(line.from, started[row]!)
      line.to = Math.max(line.to, ended[row]!)
      if (idle[i]! === 0) continue
      const gap = started[row]! - idle[i]!
      this.gap(line, row, gap, gap - from - gone)
      gone += idle[i]!
    }
    this.into.lines.push(...this.lines.values())
    this.into.syncs.push(...this.syncs.values())
  }
  private lineOf(row: number): Line {
    const lane = this.commands.fromLane[row]!
    const site = this.commands.site[row]!
    const key = `${lane} ${site}`
    let line = this.lines.get(key)
    if (!line) this.lines.set(key, (line = new Line(this.use, lane, site)))
    return line
  }

  /** The device stood idle from `gap` until the command of the row began; up to then it had been at work for `worked`. */
  private gap(line: Line, row: number, gap: number, worked: number): void {
    const { called, returned, started } = this.commands
    const until = started[row]!
    // NaN: that call never came back
    if (called[row]! <= gap && !(returned[row]! > gap)) return
    const idle = until - gap
    line.all.add(idle, 0)
    const calledAt = Math.min(until, called[row]!)
    let host = this.hosts.get(line.lane)
    if (!host) this.hosts.set(line.lane, (host = new HostWaits(this.trace, this.trace.lanes[line.lane]!)))
    const told = host.in(gap, calledAt, slack, this.use.device)
    const { site, from, to } = told
    const own = calledAt - gap - told.waited
    if (told.asked > own / 2) return
    if (own > apart) return this.byHost(line, told, own, gap, idle)
    if (idle > way) return
    // lines that launch in turns are told together
    if (site < 0) return line.launch.add(idle, this.workedSince(`${line.lane}`, gap, until, worked))
    const [how, bytes] = this.stood(row, from, to)
    const sync = this.syncOf(line, site, how)
    sync.gaps.add(idle, this.workedSince(`${line.lane} ${site} ${how}`, gap, until, worked))
    sync.next.add(line.site)
    sync.bytes += bytes
    sync.from = Math.min(sync.from, gap)
    sync.to = Math.max(sync.to, until)
  }
  /** ns that the device was at work since the gap before of the same sort, unless that belongs to another phase. */
  private workedSince(sort: string, gap: number, until: number, worked: number): number {
    const last = this.last.get(sort)
    this.last.set(sort, { until, worked })
    return last && gap - last.until < phase ? worked - last.worked : 0
  }
  private byHost(line: Line, { did, range }: HostDid, own: number, gap: number, idle: number): void {
    line.host.add(idle, 0)
    let ran = own
    for (const [what, ns] of did) {
      line.did.set(what, (line.did.get(what) ?? 0) + ns)
      ran -= ns
    }
    if (ran > 0) {
      line.did.set('0 0 0', (line.did.get('0 0 0') ?? 0) + ran)
      line.ranges.set(range, (line.ranges.get(range) ?? 0) + ran)
    }
    const lane = this.trace.objects[this.use.device]!.lane
    if (lane) keep(line.longest, { lane: lane.id, time: gap, dur: idle })
  }
  private syncOf(line: Line, site: number, how: Stood): Sync {
    const key = `${line.lane} ${site} ${how}`
    let sync = this.syncs.get(key)
    if (!sync) this.syncs.set(key, (sync = new Sync(this.use, line.lane, site, how)))
    return sync
  }
  /** How the thread had waited from–to, before it called for the command of the row: inside the call of the one before? */
  private stood(row: number, from: number, to: number): [how: Stood, bytes: number] {
    const { called, returned, operation, bytes } = this.commands
    const last = this.before[row]!
    if (last < 0 || called[last]! > from || !(returned[last]! >= to)) return ['finish', 0]
    if (operation[last] === operations.read) return [bytes[last]! <= aLook ? 'look' : 'read', bytes[last]!]
    return operation[last] === operations.write ? ['write', bytes[last]!] : ['finish', 0]
  }
}

/** row → the one that the same thread had called for before; −1 = none. Rows are in the order of the calls. */
function calledBefore({ n, fromLane }: Commands): Int32Array {
  const before = new Int32Array(n)
  const last = new Map<number, number>()
  for (let row = 0; row < n; row++) {
    before[row] = last.get(fromLane[row]!) ?? -1
    last.set(fromLane[row]!, row)
  }
  return before
}

const kept = 8
function keep(longest: Line['longest'], gap: Line['longest'][number]): void {
  if (longest.length === kept && gap.dur <= longest.at(-1)!.dur) return
  const at = longest.findIndex((other) => other.dur < gap.dur)
  longest.splice(at < 0 ? longest.length : at, 0, gap)
  if (longest.length > kept) longest.pop()
}
