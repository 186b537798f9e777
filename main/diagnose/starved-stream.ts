// Starved stream: a device runs what others enqueued, again and again, while a short command of this stream could begin.
//
//   batch    ██████████████████ ██████████████████     long kernels, or many of them
//   urgent   ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▌┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▌     ready, and not begun
//   host     wait ············▒ wait ············▒     who needs its result
//
// A command is ready when it was given to the device, what came before it in its stream is over, and so is what it depends on.
// It is starved when from then on it waited ten times as long as it ran, and the device ran other streams' commands for eight
// tenths of that: ten, as of a lock (unfair), because two streams that share a device fairly wait for each other's commands
// too, which are about as long. Told from four such commands on (fewer are chance), and only when it harms: threads waited
// for the stream meanwhile, 50 ms in all and a fifth of the time in which it was used. Copies that nobody waits for may wait.
import { onDevices } from '../query/commands.ts'
import { fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { Commands, OnDevices } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { readySql } from './device-proof.ts'
import { deviceUses, isCopy, type DeviceUse, type Runs } from './device-uses.ts'
import type { Found, Rule } from './rule.ts'
import { covered, spansOf, union, type Spans } from './spans.ts'
import { StreamWaits } from './stream-waits.ts'

const tooLong = 10
const busyMostly = 0.8
const leastCommands = 4
const least = 50e6
const leastShare = 0.2

export const starvedStream: Rule = {
  name: 'starved-stream',
  why: 'A device does not put a command aside that it has begun: a short one that somebody waits for comes after all that was begun before it, however long that runs.',
  tryThis:
    'Make the long kernels several short ones, so that others get their turn between them; give the urgent stream a higher priority where the device has such; keep only one or two long commands enqueued ahead; or leave units of the device free for the urgent ones.',
  tallies: [StreamWaits],
  live: false,
  look: ({ trace, tally }) => deviceUses(trace).flatMap((use) => starved(trace, use, tally(StreamWaits))),
}

function starved(trace: Trace, use: DeviceUse, waits: StreamWaits): Found[] {
  if (use.streams.size < 2) return []
  const on = onDevices(trace)
  const { commands: c } = on
  const spans = new Map([...use.streams].map(([id, runs]) => [id, spansOf(c, runs)]))
  return [...use.streams].flatMap(([id, runs]) => {
    const others = union([...spans].flatMap(([other, own]) => (other === id ? [] : own)).sort((a, b) => a[0] - b[0]))
    const kept = keptFrom(on, id, runs, others)
    if (kept.length < leastCommands) return []
    const meanwhile = union(kept.map(({ row, ready }) => [ready, c.started[row]!]))
    const victims = waits.of(id).flatMap((wait) => {
      const dur = covered(meanwhile, wait.start, wait.end)
      return dur > 0 ? [{ ...wait, dur }] : []
    })
    const harm = victims.reduce((sum, { dur }) => sum + dur, 0)
    const from = kept.reduce((first, { ready }) => Math.min(first, ready), runs.from)
    if (harm < least || harm < leastShare * (runs.to - from)) return []
    const waited = kept.reduce((sum, { row, ready }) => sum + c.started[row]! - ready, 0)
    const ran = kept.reduce((sum, { row }) => sum + c.ended[row]! - c.started[row]!, 0)
    const [name, device] = [fullName(trace, id), nameOf(trace, use.device)]
    const threads = [...new Set(victims.map(({ lane }) => trace.lanes[lane]!.object))]
    return [
      {
        subject: name,
        sentence: `${name} waited ${duration(waited)} in ${many(kept.length, 'command')} for ${device}, to run for ${duration(ran)}: meanwhile it ran ${list(culprits(trace, on, use, id, meanwhile))}. ${list(threads.map((thread) => nameOf(trace, thread)))} waited ${duration(harm)} for it, ${percent(harm / (runs.to - from))} of the time in which it was used.`,
        weight: Math.min(0.9, harm / (runs.to - from)),
        evidence: kept
          .toSorted((a, b) => c.started[b.row]! - b.ready - (c.started[a.row]! - a.ready))
          .slice(0, 8)
          .map(({ row }) => ({ lane: c.lane[row]!, time: c.started[row]!, dur: c.ended[row]! - c.started[row]! })),
        sql: readySql(id, tooLong),
      },
    ]
  })
}

interface Kept {
  row: number
  ready: number
}
/** Commands that were kept from the device, in the order in which they ran. */
function keptFrom(on: OnDevices, stream: number, { rows }: Runs, others: Spans): Kept[] {
  const { commands: c } = on
  const inOrder = on.streams.get(stream)?.inOrder
  const kept: Kept[] = []
  let before = -Infinity
  for (const row of rows) {
    const ready = Math.max(givenToDevice(c, row), inOrder ? before : -Infinity, neededUntil(c, row))
    before = Math.max(before, c.ended[row]!)
    const [from, to] = [c.started[row]!, c.ended[row]!]
    const waited = from - ready
    if (waited > 0 && waited >= tooLong * (to - from) && covered(others, ready, from) >= busyMostly * waited)
      kept.push({ row, ready })
  }
  return kept
}
const givenToDevice = ({ called, submitted }: Commands, row: number): number =>
  submitted[row]! > called[row]! ? submitted[row]! : called[row]!
const neededUntil = ({ needs, ended }: Commands, row: number): number =>
  Math.max(-Infinity, ...(needs.get(row) ?? []).map((on) => (Number.isNaN(ended[on]) ? Infinity : ended[on]!)))

/** What other streams ran in that time, most first: "simulate of batch (1.1 s in 20 commands)". */
function culprits(trace: Trace, { commands: c, works }: OnDevices, use: DeviceUse, victim: number, meanwhile: Spans) {
  const sums = new Map<string, { stream: number; what: string; dur: number; count: number }>()
  for (const [stream, { rows }] of use.streams) {
    if (stream === victim) continue
    for (const row of rows) {
      const dur = covered(meanwhile, c.started[row]!, c.ended[row]!)
      if (dur === 0) continue
      const what = works[c.work[row]!]?.name ?? (isCopy(c.operation[row]!) ? 'copies' : 'other commands')
      const sum = sums.get(`${stream} ${what}`)
      if (sum) [sum.dur, sum.count] = [sum.dur + dur, sum.count + 1]
      else sums.set(`${stream} ${what}`, { stream, what, dur, count: 1 })
    }
  }
  return [...sums.values()]
    .sort((a, b) => b.dur - a.dur)
    .slice(0, 3)
    .map(
      ({ stream, what, dur, count }) =>
        `${what} of ${fullName(trace, stream)} (${duration(dur)} of ${many(count, 'command')})`,
    )
}
