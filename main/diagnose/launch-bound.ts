// Launch-bound: kernels so short that the device is done before the host has launched the next one.
//
//   thread   launch launch launch launch launch        one every 20 µs
//   device        █▁▁▁▁▁▁█▁▁▁▁▁▁█▁▁▁▁▁▁█▁▁▁▁▁▁█        each runs for 3 µs
//
// Told of the lines of one thread that launch in turns (a loop), when in a third of the device's time around their launches it
// stood idle only because the next one was not launched yet (device-gaps.ts: the thread did nothing besides, and had not
// waited for the device), when a run takes less time than the host takes from launch to launch, and when it is of 500 launches
// or more, of 20 ms in all and a twentieth of the time in which the device was used. A third: where the launches take less
// than that, the kernels are what takes the time. Fewer than 500 are over in some ms: the first launches of a program, a few
// more at the end of a phase. What is the device's own, to get from one command to the next that is there, does not count.
import { fullName, nameOf } from '../query/names.ts'
import { count, duration, many, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { deviceGaps, Gaps, type Line } from './device-gaps.ts'
import { loops, whereLaunched } from './device-loops.ts'
import { launchesSql } from './gaps-proof.ts'
import { untimed } from './device-uses.ts'
import type { Found, Rule } from './rule.ts'

const leastLaunches = 500
/** in which the device waited for the next one */
const leastGaps = 100
const leastIdle = 20e6
const ofTime = 1 / 3
const ofUse = 0.05

export const launchBound: Rule = {
  name: 'launch-bound',
  why: 'To launch a kernel takes the host some µs, whatever the kernel does; a device that runs it in less waits for the host most of its time, and would do the same work in one longer kernel in a part of the time.',
  tryThis:
    'Do more with each launch: fuse the kernels into one, give one kernel the whole batch, or move the loop into the kernel; with CUDA, capture the launches in a graph and launch that.',
  live: false,
  look: ({ trace }) =>
    untimed(trace) ??
    loops(deviceGaps(trace).lines.filter(({ launch }) => launch.count > 0)).flatMap((lines) => tell(trace, lines)),
}

function tell(trace: Trace, lines: readonly Line[]): Found[] {
  const gaps = new Gaps()
  let [launches, kernels, ran, from, to, called, until] = [0, 0, 0, Infinity, 0, Infinity, 0]
  for (const line of lines) {
    gaps.join(line.launch)
    launches += line.launches
    kernels += line.kernels
    ran += line.ran
    from = Math.min(from, line.from)
    to = Math.max(to, line.to)
    called = Math.min(called, line.called)
    until = Math.max(until, line.lastCalled)
  }
  const { use, lane } = lines[0]!
  const share = gaps.idle / (gaps.idle + gaps.busy)
  const every = (until - called) / Math.max(1, launches - 1)
  const used = use.all.to - use.all.from
  if (launches < leastLaunches || gaps.count < leastGaps || gaps.idle < Math.max(leastIdle, ofUse * used)) return []
  if (share < ofTime || ran / launches > every) return []
  const who = nameOf(trace, trace.lanes[lane]!.object)
  const device = fullName(trace, use.device)
  const what =
    kernels === launches ? many(launches, 'kernel') : `${many(launches, 'command')}, ${count(kernels)} of them kernels,`
  return [
    {
      subject: `${who}${whereLaunched(trace, lines)}`,
      sentence: `${who} launched ${what} on ${device}${whereLaunched(trace, lines)}, one every ${duration(every)}, and each ran for ${duration(ran / launches)}: ${many(gaps.count, 'time')} the device was done before the next one was launched, and waited ${duration(gaps.idle)} for it in all, ${percent(share)} of its time.`,
      weight: Math.min(0.9, gaps.idle / used),
      evidence: [{ lane, time: called, dur: until - called }],
      sql: launchesSql(
        use.device,
        lane,
        lines.map(({ site }) => site),
      ),
    },
  ]
}
