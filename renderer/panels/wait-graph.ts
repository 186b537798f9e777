// Who waits for whom, as a drawing: parties on a circle, an arrow from each to those who could let it go on. In: parties.
// Out: boxes and arrows in px of the drawing. Pure. Invariants: every party has a box and every need an arrow with its
// words; boxes do not touch; an arrow ends at the edge of a box, not in it.
//
//          ┌─────────┐   holds Account.lock
//          │ clerk-1 │ ──────────────────╮
//          └─────────┘                   ▼
//             ▲                     ┌─────────┐
//             ╰──────────────────── │ clerk-2 │
//           holds Account.lock #2   └─────────┘
import { path, pointRadial } from 'd3'
import type { Party } from '../../wire/api.ts'

export interface GraphNode {
  party: number
  name: string
  /** middle */
  x: number
  y: number
  width: number
}
export interface GraphEdge {
  from: number
  to: number
  d: string
  head: string
  /** middle of its words, a line each */
  x: number
  y: number
  words: string[]
}
export interface WaitGraph {
  width: number
  height: number
  nodes: GraphNode[]
  edges: GraphEdge[]
}

export const graphWidth = 380
export const nodeHeight = 26
export const lineHeight = 14
/** more are told as a list only: on a circle nobody could read them */
export const mostDrawn = 8
const letter = 6.6
/** of a name: a full circle has less room for each */
const mostLetters = (parties: number) => (parties > 5 ? 12 : 18)
/** of the words of an arrow, likewise */
const widestLine = (parties: number) => (parties > 3 ? 20 : 28)
const headLength = 8

export function waitGraph(parties: readonly Party[]): WaitGraph | null {
  const n = parties.length
  if (n === 0 || n > mostDrawn) return null
  const across = 124
  const down = n === 1 ? 20 : n === 2 ? 62 : 74 + 14 * (n - 3)
  const height = n === 1 ? 92 : 2 * down + nodeHeight + 8
  const middle = { x: graphWidth / 2, y: n === 1 ? 62 : height / 2 }
  const places = parties.map((p, i) => {
    // two stand above each other, askew, so that both arrows have room for their words
    const angle = n === 2 ? (i ? Math.PI * 0.78 : -Math.PI * 0.22) : (2 * Math.PI * i) / n
    const [x, y] = n === 1 ? [0, 0] : pointRadial(angle, 1)
    const name = shortened(p.name, mostLetters(n))
    const width = name.length * letter + 20
    const room = graphWidth / 2 - width / 2 - 2
    return { party: i, name, width, x: middle.x + Math.max(-room, Math.min(room, x * across)), y: middle.y + y * down }
  })
  const edges = parties.flatMap((p, from) =>
    p.needs.flatMap(({ party: to, because }) => {
      const [a, b] = [places[from], places[to]]
      return a && b ? [edge(a, b, lines(because, n), middle)] : []
    }),
  )
  return { width: graphWidth, height, nodes: places, edges }
}

function edge(a: GraphNode, b: GraphNode, words: string[], middle: { x: number; y: number }): GraphEdge {
  const p = path()
  if (a === b) {
    // it waits for itself
    const [x, y] = [a.x, a.y - nodeHeight / 2]
    p.moveTo(x - 14, y)
    p.bezierCurveTo(x - 34, y - 34, x + 34, y - 34, x + 14, y - headLength)
    return { from: a.party, to: b.party, d: p.toString(), head: head({ x: x + 14, y }, 2), x, y: y - 38, words }
  }
  // bowed outwards, to the left of its way: the two arrows of a pair take different ways round
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy)
  const out = { x: dy / length, y: -dx / length }
  const bow = Math.min(46, length * 0.28)
  const turn = { x: (a.x + b.x) / 2 + out.x * bow, y: (a.y + b.y) / 2 + out.y * bow }
  const start = edgeOf(a, turn, 0)
  const tip = edgeOf(b, turn, 2)
  const angle = Math.atan2(tip.y - turn.y, tip.x - turn.x)
  p.moveTo(start.x, start.y)
  p.quadraticCurveTo(turn.x, turn.y, tip.x - Math.cos(angle) * headLength, tip.y - Math.sin(angle) * headLength)
  const x = (start.x + 2 * turn.x + tip.x) / 4
  const half = (Math.max(...words.map((w) => w.length)) * 5.8) / 2
  const y = (start.y + 2 * turn.y + tip.y) / 4
  return {
    from: a.party,
    to: b.party,
    d: p.toString(),
    head: head(tip, angle),
    x: Math.max(half + 2, Math.min(2 * middle.x - half - 2, x)),
    y,
    words,
  }
}

/** Where the line from its middle to a point leaves the box. */
function edgeOf({ x, y, width }: GraphNode, to: { x: number; y: number }, air: number) {
  const [dx, dy] = [to.x - x, to.y - y]
  const [w, h] = [width / 2 + air, nodeHeight / 2 + air]
  const t = Math.min(w / Math.max(1e-6, Math.abs(dx)), h / Math.max(1e-6, Math.abs(dy)))
  return { x: x + dx * t, y: y + dy * t }
}

function head(tip: { x: number; y: number }, angle: number): string {
  const at = (turn: number) =>
    `${(tip.x - Math.cos(angle + turn) * headLength * 1.2).toFixed(1)},${(tip.y - Math.sin(angle + turn) * headLength * 1.2).toFixed(1)}`
  return `M${tip.x.toFixed(1)},${tip.y.toFixed(1)}L${at(0.42)}L${at(-0.42)}z`
}

/** "holds Account.lock since bank.py:22" → ["holds", "Account.lock"]: since when is said in the list below the drawing. */
export function lines(because: string, parties: number): string[] {
  const widest = widestLine(parties)
  const short = because.replace(/ since .*$| \(.*$/, '')
  if (short.length <= widest) return [short]
  const cut = short.indexOf(' ')
  if (cut < 0) return [shortened(short, widest)]
  return [short.slice(0, cut), shortened(short.slice(cut + 1), widest)]
}

/** The end of a name tells it from the others as much as its start. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const end = Math.floor(most / 3)
  return `${text.slice(0, most - end - 1)}…${text.slice(-end)}`
}
