// What a person may look for by typing: lanes (threads, locks, queues), kernels and ranges of devices, places in the source,
// findings.
//
// In: text; every word of it must occur, in any case. Out: at most 100 hits, lanes first. A hit on a place leads to the
// first slice that was seen there, if it is among the first that are looked at: a search must answer while people type.
import type { Finding, Hit } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { fullName } from './names.ts'
import { columnsIn } from './read.ts'
import { duration, many, place } from './words.ts'

const most = 100
const mostSlices = 100_000
/** reading a lane costs as much as a hundred slices */
const laneCost = 100

export function search(trace: Trace, text: string, findings: readonly Finding[]): Hit[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return []
  const matches = (candidate: string) => {
    const low = candidate.toLowerCase()
    return words.every((word) => low.includes(word))
  }
  const hits: Hit[] = []
  for (const object of trace.objects) {
    if (hits.length >= most) break
    if (!object?.lane || object.internal || !matches(`${object.name} ${place(object.file, object.line)}`)) continue
    hits.push({
      what: 'lane',
      text: fullName(trace, object.id),
      lane: object.lane.id,
      time: object.thread?.start ?? null,
    })
  }
  hits.push(...kernels(trace, matches), ...ranges(trace, matches))
  for (const f of findings) {
    if (!matches(`${f.rule} ${f.subject} ${f.sentence}`)) continue
    const proof = f.evidence[0]
    hits.push({
      what: 'finding',
      text: `${f.rule}: ${f.sentence}`,
      lane: proof?.lane ?? null,
      time: proof?.time ?? null,
    })
  }
  const sites = trace.sites.filter((s) => s && matches(`${place(s.file, s.line)} ${s.func} ${s.text}`)).slice(0, most)
  const first = firstSeen(trace, new Set(sites.map((s) => s.id)))
  for (const s of sites) {
    const seen = first.get(s.id)
    const code = s.text.trim()
    hits.push({
      what: 'site',
      text: `${place(s.file, s.line)} ${s.func}${code && `: ${code}`}`,
      lane: seen?.lane ?? null,
      time: seen?.time ?? null,
    })
  }
  return hits.slice(0, most)
}

/** Kernels, by name and not by their sizes, at the first run. */
function kernels(trace: Trace, matches: (candidate: string) => boolean): Hit[] {
  const { commands: c, works } = onDevices(trace)
  const wanted = works.map((work) => work !== undefined && matches(`kernel ${work.name}`))
  const found = new Map<string, { at: number; runs: number; total: number }>()
  for (let at = 0; at < c.n; at++) {
    if (!wanted[c.work[at]!] || c.lane[at] === 0) continue
    const { name } = works[c.work[at]!]!
    const known = found.get(name)
    const ran = c.ended[at]! - c.started[at]!
    if (!known) found.set(name, { at, runs: 1, total: ran })
    else {
      known.runs++
      known.total += ran
      if (c.started[at]! < c.started[known.at]!) known.at = at
    }
  }
  return [...found].map(([name, { at, runs, total }]): Hit => {
    const text = `kernel ${name}: ran ${many(runs, 'time')}, ${duration(total)} in all`
    return { what: 'work', text, lane: c.lane[at]!, time: c.started[at]! }
  })
}

/** Ranges by name, where each was entered first. */
function ranges(trace: Trace, matches: (candidate: string) => boolean): Hit[] {
  const { works } = onDevices(trace)
  const first = new Map<string, Hit>()
  let looked = 0
  for (const lane of trace.lanes) {
    if (lane?.kind !== 'calls' || looked > mostSlices) continue
    for (const [{ kind, arg, start }, from, to] of columnsIn(trace, lane, -Infinity, Infinity)) {
      looked += to - from
      for (let i = from; i < to; i++) {
        const name = kind[i] === sliceKinds.range ? works[arg[i]!]?.name : ''
        if (!name || !matches(`range ${name}`) || start[i]! >= (first.get(name)?.time ?? Infinity)) continue
        first.set(name, { what: 'work', text: `range ${name}`, lane: lane.id, time: start[i]! })
      }
    }
  }
  return [...first.values()]
}

function firstSeen(trace: Trace, sites: ReadonlySet<number>): Map<number, { lane: number; time: number }> {
  const first = new Map<number, { lane: number; time: number }>()
  if (!sites.size) return first
  let looked = 0
  for (const lane of trace.lanes) {
    if (!lane || (lane.slices === 0 && lane.openKind < 0)) continue
    looked += laneCost
    for (const [columns, from, to] of columnsIn(trace, lane, -Infinity, Infinity)) {
      for (let i = from; i < to; i++) {
        const site = columns.site[i]!
        if (!sites.has(site)) continue
        const time = columns.start[i]!
        const seen = first.get(site)
        if (!seen || time < seen.time) first.set(site, { lane: lane.id, time })
      }
      looked += to - from
      if (looked > mostSlices) return first
    }
    if (looked > mostSlices) return first
  }
  return first
}
