// Copy-bound: a device spends more time on copies than on kernels, and what went there comes back at each step.
//
//   device   write ████ kernel █ read ████ write ████ kernel █ read ████     16 MiB there, 16 MiB back, again and again
//
// Told of one thread's copies of one size for one device, when such a read followed such a write ten times or more; and when
// from the first to the last of them these copies took longer than all kernels, three tenths of the time, and 50 ms. Whether
// the bytes are the same is not recorded, only how many they are: a stream of batches with results as large as they are looks
// like that too. There the words hold as well (the copies cost more than the kernels), and the advice has something for it.
// Three tenths: below it something else takes the time. A first write and a last read, whatever their size, are no rounds.
import { commands as operations } from '../../wire/operations.ts'
import { onDevices } from '../query/commands.ts'
import { fullName, nameOf, siteName } from '../query/names.ts'
import { bytes as bytesText, count, duration, list, percent } from '../query/words.ts'
import type { Commands } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { copiesSql } from './gaps-proof.ts'
import { deviceUses, untimed, type DeviceUse } from './device-uses.ts'
import type { Found, Rule } from './rule.ts'

const leastRounds = 10
const leastTime = 50e6
const ofTime = 0.3

export const copyBound: Rule = {
  name: 'copy-bound',
  why: 'What a device computes with must be in its memory, and to bring it there and back often takes longer than to compute with it: then the host alone might be as fast.',
  tryThis:
    'If it is the same data each time, leave it in a buffer on the device between the steps, and read it once at the end. If each step has data of its own, do more with it while it is there, send less (a smaller type, only what changed), or let the copies of one batch run beside the kernels of another in a second queue.',
  live: false,
  look({ trace }) {
    const { commands } = onDevices(trace)
    return (
      untimed(trace) ??
      deviceUses(trace).flatMap((use) =>
        shuttles(commands, use).flatMap((shuttle) => tell(trace, commands, use, shuttle)),
      )
    )
  },
}

/** Copies of so many bytes, there and back, by one thread. */
interface Shuttle {
  lane: number
  bytes: number
  rounds: number
  there: Copies
  back: Copies
  from: number
  to: number
  /** the last one went there */
  away: boolean
}
interface Copies {
  count: number
  dur: number
  sites: Set<number>
}

function shuttles({ operation, bytes, fromLane, site, started, ended }: Commands, { all }: DeviceUse): Shuttle[] {
  const found = new Map<string, Shuttle>()
  for (const row of all.rows) {
    const there = operation[row] === operations.write
    if (!there && operation[row] !== operations.read) continue
    const key = `${fromLane[row]!} ${bytes[row]!}`
    let shuttle = found.get(key)
    if (!shuttle) {
      const none = (): Copies => ({ count: 0, dur: 0, sites: new Set() })
      shuttle = {
        ...{ lane: fromLane[row]!, bytes: bytes[row]!, rounds: 0, there: none(), back: none() },
        ...{ from: started[row]!, to: 0, away: false },
      }
      found.set(key, shuttle)
    }
    const copies = there ? shuttle.there : shuttle.back
    copies.count++
    copies.dur += ended[row]! - started[row]!
    copies.sites.add(site[row]!)
    if (!there && shuttle.away) shuttle.rounds++
    shuttle.away = there
    shuttle.to = Math.max(shuttle.to, ended[row]!)
  }
  return [...found.values()].filter(({ rounds, bytes }) => rounds >= leastRounds && bytes > 0)
}

function tell(trace: Trace, commands: Commands, use: DeviceUse, shuttle: Shuttle): Found[] {
  const { lane, bytes, there, back, from, to, rounds } = shuttle
  const copied = there.dur + back.dur
  const kernels = kernelsIn(commands, use, from, to)
  if (copied < leastTime || copied < kernels || copied < ofTime * (to - from)) return []
  const who = nameOf(trace, trace.lanes[lane]!.object)
  const device = fullName(trace, use.device)
  const speed = ({ count, dur }: Copies) => `${((count * bytes) / Math.max(1, dur)).toPrecision(2)} GB/s`
  const at = ({ sites }: Copies) => {
    const places = [...new Set([...sites].map((s) => siteName(trace, s)).filter((name) => name !== ''))]
    return places.length ? ` at ${list(places, 3)}` : ''
  }
  return [
    {
      subject: `${who} and ${device}`,
      sentence: `${who} sent ${bytesText(bytes)} to ${device} ${count(there.count)} times${at(there)} (${speed(there)}) and had as much back ${count(back.count)} times${at(back)} (${speed(back)}), in ${count(rounds)} rounds: the copies took ${duration(copied)}, ${percent(copied / (to - from))} of the time from the first to the last, and all kernels meanwhile ${duration(kernels)}.`,
      weight: Math.min(0.9, copied / (use.all.to - use.all.from)),
      evidence: [{ lane, time: from, dur: to - from }],
      sql: copiesSql(use.device),
    },
  ]
}

function kernelsIn({ operation, started, ended }: Commands, { all }: DeviceUse, from: number, to: number): number {
  let sum = 0
  for (const row of all.rows)
    if (operation[row] === operations.kernel && started[row]! >= from && started[row]! < to)
      sum += ended[row]! - started[row]!
  return sum
}
