// What a device could run at once, as far as it is known: for rules that say what could have overlapped. It is told too narrow
// rather than too wide. In: a device, its commands. Out: whether a kernel leaves half of the units free (two of that sort run
// at once then), and how long some copies and kernels take at least, however they are put.
import { commands as operations } from '../../wire/operations.ts'
import type { OnDevices } from '../store/commands.ts'
import { isCopy } from './device-uses.ts'

export class Room {
  /** the processor itself: it has no engine for copies, they take a unit each */
  readonly isProcessor: boolean
  private readonly units: number
  private readonly on: OnDevices
  constructor(on: OnDevices, device: number) {
    const { type, units } = on.devices.get(device) ?? {}
    this.on = on
    this.isProcessor = type !== 'gpu' && type !== 'accelerator'
    this.units = units ?? 0
  }
  /** Known to leave half of the units free. */
  leavesHalf(row: number): boolean {
    const { commands: c } = this.on
    if (c.operation[row] !== operations.kernel) return true
    const groups = this.groups(row)
    return groups > 0 && groups * 2 <= this.units
  }
  /** Groups of work items that a kernel was run with; 0 = not known. */
  private groups(row: number): number {
    const work = this.on.works[this.on.commands.work[row]!]
    if (!work || work.global.length === 0 || work.local.length !== work.global.length) return 0
    return work.global.reduce((groups, size, i) => groups * Math.ceil(size / work.local[i]!), 1)
  }
  /** What the rows take of the device: alone, as copies, as kernels that may fill it. */
  load(rows: readonly number[]): Load {
    const { commands: c } = this.on
    const load = { all: 0, copies: 0, full: 0 }
    for (const row of rows) {
      const dur = c.ended[row]! - c.started[row]!
      load.all += dur
      if (isCopy(c.operation[row]!)) load.copies += dur
      else if (!this.leavesHalf(row)) load.full += dur
    }
    return load
  }
  /** ns that both take at least, side by side: one copy at a time, one kernel that may fill the device at a time. */
  together(a: Load, b: Load): number {
    const copies = a.copies + b.copies
    const full = a.full + b.full
    return Math.max(a.all, b.all, ...(this.isProcessor ? [copies + full] : [copies, full]))
  }
}
export interface Load {
  all: number
  copies: number
  full: number
}
