// Sync too often: a thread waits again and again until a device has done all it was told, and only then tells it the next.
//
//   thread   launch finish ┄┄┄┄┄▷ launch finish ┄┄┄┄▷ launch     each wait costs the way back to the thread and the way
//   device        ███████▁▁▁▁▁▁▁▁▁▁███████▁▁▁▁▁▁▁▁▁▁▁▁███████     there again, in which the device has nothing to do
//
// Told of the waits of one thread at one line, after each of which the device stood idle until the next launch, and the thread
// did nothing else meanwhile (device-gaps.ts): from 50 of them, when these gaps are a fifth of the device's time around them,
// 20 ms in all, and a twentieth of the time in which the device was used. A fifth: a wait after a long kernel costs little.
//
// Which wait is needless? One for all that is in a queue, an event or a copy to the device gives the thread nothing that the
// next command needs: the queue keeps the order by itself. A read that blocks brings something. One of more than 4 KiB is a
// result, and never told. Who reads less looks whether to go on (has it converged, how large is the error), and pays the same
// gap for it at every step: that is told too, with other advice, for the look can be at every tenth step, or at the step before.
import { atSite, fullName, nameOf, siteName } from '../query/names.ts'
import { bytes, count, duration, list, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { deviceGaps, type Sync } from './device-gaps.ts'
import { untimed } from './device-uses.ts'
import { syncsSql } from './gaps-proof.ts'
import type { Found, Rule } from './rule.ts'

const leastWaits = 50
const leastIdle = 20e6
const ofTime = 0.2
const ofUse = 0.05

const lookRarely =
  'Look at it after every tenth step instead of each, or launch the next step first and look at what the step before gave; better still, let the device itself find out.'

export const syncTooOften: Rule = {
  name: 'sync-too-often',
  why: 'Commands of one queue run in their order without anybody waiting for them. A wait after each keeps the host from launching the next while this one runs, so the device has nothing to do from its end until the host has heard of it and launched again.',
  tryThis:
    'Leave the wait out, and wait once, before the host uses the result; what is copied to the device need not be waited for either (is_blocking=False, or a pinned buffer).',
  live: false,
  look: ({ trace }) => untimed(trace) ?? deviceGaps(trace).syncs.flatMap((sync) => tell(trace, sync)),
}

function tell(trace: Trace, sync: Sync): Found[] {
  const { use, lane, site, how, gaps, next, from, to } = sync
  const used = use.all.to - use.all.from
  const share = gaps.idle / (gaps.idle + gaps.busy)
  if (how === 'read' || gaps.count < leastWaits) return []
  if (share < ofTime || gaps.idle < Math.max(leastIdle, ofUse * used)) return []
  const who = nameOf(trace, trace.lanes[lane]!.object)
  const device = fullName(trace, use.device)
  const each = bytes(Math.round(sync.bytes / gaps.count))
  const what =
    how === 'look'
      ? `to read ${each} from ${device}`
      : how === 'write'
        ? `until ${each} were on ${device}`
        : `for ${device}`
  const after = list([...new Set([...next].map((s) => siteName(trace, s)).filter((name) => name !== ''))], 3)
  return [
    {
      subject: `${who}${atSite(trace, site)}`,
      sentence: `${who} waited ${count(gaps.count)} times ${what}${atSite(trace, site)} before it launched the next command${after && ` (${after})`}. From the end of what it had waited for until that began ${device} stood idle: ${duration(gaps.idle / gaps.count)} each time, ${duration(gaps.idle)} in all, ${percent(share)} of its time.`,
      weight: Math.min(0.9, gaps.idle / used),
      ...(how === 'look' ? { tryThis: lookRarely } : {}),
      evidence: [{ lane, time: from, dur: to - from }],
      sql: syncsSql(use.device, lane, site),
    },
  ]
}
