// For tests: a drawing → lanes, slices and the window answers that an engine would give for them, and back: a display
// list → a drawing. So "the drawing in the test is the picture". One character is 1,000 ns.
//
//   t1  RRRwwwRRsss     w waits for a lock · c waits for a signal · q waits for a queue · s sleeps · R runs
//   A   hhhHHH....      h held · H held while others wait · . free            lanes with a capital letter are locks
//   Q   001223          digits: items in the queue                            the lane named Q is a queue
//   loop:main  hhSSSh   a kind before the name: S a step that blocks the loop · j a job · v a life
//   task:fetch ttRlli   t awaits a task · l waits for its turn on the loop · i for I/O · g for the GIL · m for a message
import type { Lane, LaneKind, Window } from '../../wire/api.ts'
import { sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { meaningOf, actorClasses, holdClasses } from '../../wire/meanings.ts'
import { themes } from '../theme.ts'
import type { DisplayList, Strip } from './display-list.ts'
import { layout } from './layout.ts'
import { scene } from './scene.ts'
import { isActor } from './strip.ts'
import { axisHeight, overviewHeight, type SceneInput } from './scene-input.ts'

export interface Sample {
  lane: number
  start: number
  dur: number
  kind: SliceKind
  value: number
}
export interface DrawnTrace {
  lanes: Lane[]
  slices: Sample[]
  end: number
}
export const cell = 1_000
const k = sliceKinds
const kindOf: Record<string, SliceKind> = {
  w: k.lock,
  c: k.condition,
  q: k.queueGet,
  s: k.sleep,
  g: k.gil,
  l: k.loop,
  t: k.task,
  i: k.io,
  m: k.message,
  h: k.hold,
  H: k.holdContended,
  S: k.stall,
  j: k.job,
  v: k.alive,
}
const letterOf: Record<string, string> = {
  [themes.light.meaning.waitLock]: 'w',
  [themes.light.meaning.waitSignal]: 'c',
  [themes.light.meaning.waitQueue]: 'q',
  [themes.light.meaning.sleep]: 's',
  [themes.light.meaning.waitGil]: 'g',
  [themes.light.meaning.waitMessage]: 'm',
  [themes.light.meaning.holdAlone]: 'h',
  [themes.light.meaning.holdContended]: 'H',
}

export const aLane = (id: number, name: string, more: Partial<Lane> = {}): Lane => ({
  id,
  kind: 'thread',
  name,
  parent: null,
  depth: 0,
  process: 1,
  object: id,
  objectKind: 'thread',
  site: '',
  start: 0,
  end: null,
  waited: 0,
  slices: 1,
  capacity: 0,
  on: null,
  belongs: 0,
  note: '',
  ...more,
})

export function drawnTrace(text: string): DrawnTrace {
  const rows = text.split('\n').flatMap((row) => {
    const [, name, cells] = /^\s*(\S+)\s+(.*?)\s*$/.exec(row) ?? []
    return name ? [{ name, cells: cells! }] : []
  })
  const slices: Sample[] = []
  const lanes = rows.map(({ name, cells }, i) => {
    const said = /^(\w+):/.exec(name)?.[1] as LaneKind | undefined
    const kind = said ?? (name.startsWith('Q') ? 'queue' : /^[A-Z]/.test(name) ? 'lock' : 'thread')
    const actor = isActor({ kind })
    for (const run of cells.matchAll(/(.)\1*/g)) {
      const letter = run[1]!
      const slice = { lane: i + 1, start: run.index * cell, dur: run[0].length * cell }
      if (/\d/.test(letter)) slices.push({ ...slice, kind: k.depth, value: Number(letter) })
      else if (kindOf[letter]) slices.push({ ...slice, kind: kindOf[letter], value: 0 })
    }
    return aLane(i + 1, name.replace(/^\w+:/, ''), {
      kind,
      objectKind: kind === 'memory' ? 'sharedMemory' : kind === 'deviceMemory' ? 'context' : kind,
      waited: actor ? 0 : cell,
      end: actor ? cells.length * cell : null,
    })
  })
  return { lanes, slices, end: Math.max(...rows.map((r) => r.cells.length)) * cell }
}

/** What an engine answers: slices of a pixel and more as they are, the rest folded by pixel. */
export function answer(
  t: Pick<DrawnTrace, 'slices' | 'end'>,
  ask: { from: number; to: number; width: number; lanes: number[] },
): Window {
  const perPx = (ask.to - ask.from) / ask.width
  const first = [0]
  const items: {
    x0: number
    x1: number
    count: number
    kind: number
    share: number[]
    value: number
    longest: number
  }[] = []
  for (const lane of ask.lanes) {
    const begin = items.length
    for (const s of t.slices) {
      if (s.lane !== lane || s.start + s.dur <= ask.from || s.start >= ask.to) continue
      const x0 = Math.max(-1, (s.start - ask.from) / perPx)
      const x1 = Math.min(ask.width + 1, (s.start + s.dur - ask.from) / perPx)
      const c = s.kind === k.depth ? [1, 10, 100].filter((n) => s.value >= n).length : classOf(s.kind)
      if (x1 - x0 > 1) {
        items.push({
          x0,
          x1,
          count: 1,
          kind: s.kind,
          share: [0, 1, 2, 3, 4, 5].map((i) => (i === c ? 65535 : 0)),
          value: s.value,
          longest: s.dur,
        })
        continue
      }
      const px = Math.floor(x0)
      let item = items.length > begin ? items[items.length - 1]! : null
      if (!item || item.x0 !== px || item.x1 !== px + 1) {
        item = { x0: px, x1: px + 1, count: 0, kind: 0, share: [0, 0, 0, 0, 0, 0], value: 0, longest: 0 }
        items.push(item)
      }
      item.count++
      item.share[c] = Math.min(65535, item.share[c]! + (x1 - x0) * 65535)
      if (s.dur >= item.longest) [item.longest, item.kind, item.value] = [s.dur, s.kind, s.value]
    }
    first.push(items.length)
  }
  return {
    ...ask,
    end: t.end,
    first: Uint32Array.from(first),
    x0: Float32Array.from(items, (i) => i.x0),
    x1: Float32Array.from(items, (i) => i.x1),
    count: Uint32Array.from(items, (i) => i.count),
    kind: Uint8Array.from(items, (i) => i.kind),
    share: Uint16Array.from(items.flatMap((i) => i.share)),
    value: Uint32Array.from(items, (i) => i.value),
    took: 0,
  }
}
function classOf(kind: SliceKind): number {
  return Math.max(0, (kind < k.hold ? actorClasses : holdClasses).indexOf(meaningOf[kind]))
}

/** The scene of a drawn trace, ten windowPx a cell unless asked otherwise. */
export function drawnScene(t: DrawnTrace, more: Partial<SceneInput> & { pxPerCell?: number } = {}): SceneInput {
  const width = (t.end / cell) * (more.pxPerCell ?? 10)
  const w = answer(t, { from: 0, to: t.end, width: Math.ceil(width), lanes: t.lanes.map((l) => l.id) })
  return {
    viewport: {
      from: 0,
      to: t.end,
      width: 100 + width,
      height: 600,
      names: 100,
      top: overviewHeight + axisHeight,
      scroll: 0,
      ratio: 1,
    },
    lanes: t.lanes,
    layout: layout({
      lanes: t.lanes,
      processes: [],
      pinned: [],
      folds: new Map(),
      recording: false,
      more: 0,
      room: 0,
    }),
    theme: themes.light,
    end: t.end,
    recording: false,
    answerOf: (lane) => ({ window: w, index: w.lanes.indexOf(lane) }),
    labelOf: () => null,
    selection: null,
    flows: [],
    area: null,
    lit: null,
    moment: null,
    pinned: [],
    marks: [],
    endings: new Map(),
    hoverLane: null,
    largestWait: cell,
    threads: t.lanes.filter((l) => l.kind === 'thread').length,
    tasks: t.lanes.filter((l) => l.kind === 'task').length,
    overview: null,
    runners: null,
    path: null,
    ...more,
  }
}

/** A display list back to a drawing: what colour has each cell's middle, R where only the ground of a life is. */
export function drawing(input: SceneInput): string {
  const { viewport: v } = input
  const list: DisplayList = scene(input)
  const plot = list.find((p) => p.name === 'plot')!.shapes
  const px = (v.width - v.names) / ((v.to - v.from) / cell)
  const strips = plot.filter((s): s is Strip => s.shape === 'strip')
  return strips
    .map((s) => {
      const ground = plot.find((g) => g.shape === 'rect' && g.y === s.y && g.fill === input.theme.meaning.running)
      let row = ''
      for (let x = v.names + px / 2; x < v.width; x += px) {
        let letter = ground?.shape === 'rect' && x >= ground.x && x < ground.x + ground.width ? 'R' : '.'
        for (const { fill, dots } of columnAt(s, x, v.ratio))
          if (dots > s.columns.tall / 2) letter = letterOf[fill] ?? '?'
        for (const { fill, x: left, width } of s.slices)
          if (x >= left && x < left + width) letter = letterOf[fill] ?? '?'
        row += letter
      }
      return row
    })
    .join('\n')
}

/** what one dot column has, from the bottom */
export function columnAt({ x, columns }: Strip, windowPx: number, ratio: number): { fill: string; dots: number }[] {
  const column = Math.floor((windowPx - x) * ratio)
  return columns.fills.flatMap((fill, k) => {
    const dots = columns.dots[k * columns.width + column]!
    return dots ? [{ fill, dots }] : []
  })
}
