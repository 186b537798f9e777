// Pageable copies: bytes go between the host and a device by way of memory that neither needs.
//
//   host array ──▶ buffer of the driver ──▶ device       the device reaches only pinned memory by itself: copied twice,
//   host      enqueue ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒                    and the call lasts as long as the first of the two
//
//   host array ──▶ buffer of the "device"                a processor's memory is the host's: the copy is for nothing, one
//   host      enqueue ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒                    maps the buffer instead and makes the array in it
//
// The first is said by the device's library (commands.pageable). The second is so whenever the device is a processor, as
// with PoCL: there no copy is pageable in the first sense, and whoever has pinned, mapped memory for the first has none of
// the second either. Counted is how long the host stood in the call while the copy ran: what waits before it waits for
// other things, and a copy during which the host went on has hidden itself. Told from 50 ms on that are a fifth of the
// time in which the device was used. Each program must bring its bytes to the device once, and fetch its results, whatever
// that takes on a busy machine: only lines that copy four times or more count.
import { commands as operations } from '../../wire/operations.ts'
import { onDevices } from '../query/commands.ts'
import { atSite, nameOf } from '../query/names.ts'
import { bytes, duration, list, many, percent } from '../query/words.ts'
import type { Commands, OnDevices } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { byLineSql } from './device-proof.ts'
import { deviceUses, type DeviceUse } from './device-uses.ts'
import type { Found, Rule } from './rule.ts'

const least = 50e6
const leastShare = 0.2
const leastCopies = 4

export const pageableCopies: Rule = {
  name: 'pageable-copies',
  why: 'A device can fetch bytes by itself only from memory that stays in its place (pinned). From any other the driver copies them to such memory first, and the host stands still meanwhile.',
  tryThis:
    'Make the array in memory that the device reaches: in OpenCL a buffer with ALLOC_HOST_PTR that enqueue_map_buffer gives as an array; in CUDA pinned memory (cupyx.empty_pinned, cuda.pagelocked_empty, pin_memory=True), copied asynchronously. Keep it for all rounds: pinning is slow.',
  live: false,
  look: ({ trace }) => deviceUses(trace).flatMap((use) => pageable(trace, use)),
}

function pageable(trace: Trace, { device, all }: DeviceUse): Found[] {
  const on = onDevices(trace)
  const { commands: c } = on
  const isProcessor = on.devices.get(device)?.type === 'cpu'
  const copies = again(
    c,
    [...all.rows].filter((row) => c.pageable[row] || (isProcessor && isTransfer(c.operation[row]!))),
  )
  const stood = new Map(copies.map((row) => [row, inCall(on, row)]))
  const blocked = sum([...stood.values()])
  const from = copies.reduce((first, row) => (c.called[row]! < first ? c.called[row]! : first), all.from)
  const share = blocked / Math.max(1, all.to - from)
  if (blocked < least || share < leastShare) return []
  const took = sum(copies.map((row) => c.ended[row]! - c.started[row]!))
  const lines = new Map<number, number>()
  for (const row of copies) lines.set(c.site[row]!, (lines.get(c.site[row]!) ?? 0) + stood.get(row)!)
  const worst = [...lines].sort((a, b) => b[1] - a[1]).flatMap(([site]) => (site ? [atSite(trace, site).slice(4)] : []))
  const threads = new Set(copies.map((row) => trace.lanes[c.fromLane[row]!]?.object ?? 0))
  const name = nameOf(trace, device)
  const what = `${many(copies.length, 'copy', 'copies')} of ${bytes(sum(copies.map((row) => c.bytes[row]!)))}${worst.length ? ` (${list(worst, 3)})` : ''}`
  const why = isProcessor
    ? `between arrays of the host and buffers of ${name} took ${duration(took)}, although its memory is the host's: mapped, nothing needs to be copied.`
    : `between ${name} and pageable memory of the host took ${duration(took)}: ${name} cannot reach it by itself, and the driver copies it once more.`
  return [
    {
      subject: name,
      sentence: `${what} ${why} ${list([...threads].map((thread) => nameOf(trace, thread)))} stood in these calls for ${duration(blocked)} of it, ${percent(share)} of the time in which ${name} was used.`,
      weight: Math.min(0.8, share),
      evidence: copies
        .toSorted((a, b) => stood.get(b)! - stood.get(a)!)
        .slice(0, 8)
        .map((row) => ({ lane: c.lane[row]!, time: c.started[row]!, dur: c.ended[row]! - c.started[row]! })),
      sql: byLineSql(device, isProcessor, leastCopies),
    },
  ]
}

/** Those of lines that copy again and again. */
function again({ site, operation }: Commands, copies: readonly number[]): number[] {
  const line = (row: number) => `${site[row]!} ${operation[row]!}`
  const counts = new Map<string, number>()
  for (const row of copies) counts.set(line(row), (counts.get(line(row)) ?? 0) + 1)
  return copies.filter((row) => counts.get(line(row))! >= leastCopies)
}
const isTransfer = (operation: number): boolean => operation === operations.read || operation === operations.write
const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0)
/** ns that the copy ran while the call that had asked for it lasted. */
function inCall({ commands: c }: OnDevices, row: number): number {
  const dur = Math.min(c.returned[row]!, c.ended[row]!) - Math.max(c.called[row]!, c.started[row]!)
  return dur > 0 ? dur : 0
}
