// Copies that wait their turn in a stream beside whose kernels they could run (a part of serial-streams).
//
//   one stream   kernel │ write │ kernel │ write │ kernel      each write was at hand while the kernel ahead of it ran
//
// Only what is certain counts: a write that had been enqueued before the kernel ahead of it was over, so its bytes did not
// come of that kernel; a read behind which a kernel was at hand, so that kernel did not wait for what the host makes of it.
// That the two use the same buffer is no reason: two buffers by turns are what one has for it. On a processor only beside
// kernels that leave units free. In: a stream. Out: these copies, the kernels, and what overlapping would save at most.
import { commands as operations } from '../../wire/operations.ts'
import type { Commands } from '../store/commands.ts'
import type { Room } from './device-room.ts'
import type { Runs } from './device-uses.ts'
import { covered, type Spans } from './spans.ts'

/** commands between a copy and its kernel at most */
const nearby = 8
/** share of a copy beside which another stream may have run, and it still was alone */
const alone = 0.02

export interface Queued {
  copies: number[]
  copied: number
  saved: number
}

export function queuedCopies(c: Commands, { rows }: Runs, room: Room, others: readonly Spans[]): Queued {
  const copies: number[] = []
  const kernels = new Set<number>()
  const dur = (row: number) => c.ended[row]! - c.started[row]!
  const isAlone = (row: number) =>
    others.every((spans) => covered(spans, c.started[row]!, c.ended[row]!) <= alone * dur(row))
  for (const [i, row] of rows.entries()) {
    const writes = c.operation[row] === operations.write
    if (!writes && c.operation[row] !== operations.read) continue
    const kernel = nearest(c, rows, i, writes ? -1 : 1)
    if (kernel < 0 || (room.isProcessor && !room.leavesHalf(kernel))) continue
    const atHand = writes ? c.called[row]! < c.ended[kernel]! : c.called[kernel]! < c.ended[row]!
    if (!atHand || !isAlone(row)) continue
    copies.push(row)
    kernels.add(kernel)
  }
  const sum = (of: Iterable<number>) => [...of].reduce((all, row) => all + dur(row), 0)
  return { copies, copied: sum(copies), saved: Math.min(sum(copies), sum(kernels)) }
}

/** The next kernel before or behind a place; −1 = there is none near. */
function nearest(c: Commands, rows: Uint32Array, at: number, step: 1 | -1): number {
  for (let i = at + step; i >= 0 && i < rows.length && Math.abs(i - at) <= nearby; i += step)
    if (c.operation[rows[i]!] === operations.kernel) return rows[i]!
  return -1
}
