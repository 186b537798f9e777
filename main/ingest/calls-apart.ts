// Records as they are in the event file become records that say one thing each: a call that has returned is its beginning and
// its end (wire/record.ts). In place, in the buffer of a chunk: so what comes after sees a chunk in order of time, as ever.
import { eventKinds, flags, outcomes, reasons } from '../../wire/kinds.ts'
import { recordBytes } from '../../wire/record.ts'

const wordsEach = recordBytes / 4
const { send, wait, wake, enter, leave, receive } = eventKinds

/** Kind of a call's end by that of its record, 0 = none has returned in this way. */
const endOf = (kind: number): number =>
  kind === send || kind === wait ? wake : kind === enter ? leave : kind === receive ? receive : 0

export interface Raw {
  words: Uint32Array
  halves: Uint16Array
  /** records */
  count: number
  /** the thread that the chunk is of */
  owner: number
  /** the first record's beginning has been told */
  begun: boolean
  /** the last may be written once more */
  underWay: boolean
}

/** Whether any of them is more than what it says. */
export const areWhole = ({ halves, count, begun, underWay }: Raw): boolean => {
  if (begun || underWay) return false
  for (let i = 0; i < count; i++) if (halves[i * 16 + 13]! & flags.returned && endOf(halves[i * 16 + 12]!)) return false
  return true
}

/** Writes them apart to `to` from its record `at` on, which has room for twice as many; out: the record after the last. */
export const apart = (raw: Raw, to: { words: Uint32Array; halves: Uint16Array }, at: number): number => {
  const { words, halves, count, owner, begun, underWay } = raw
  const put = (i: number) => {
    to.words.set(words.subarray(i * wordsEach, (i + 1) * wordsEach), at * wordsEach)
    return at++
  }
  for (let i = 0; i < count; i++) {
    const kind = halves[i * 16 + 12]!
    const flag = halves[i * 16 + 13]!
    const end = flag & flags.returned ? endOf(kind) : 0
    const open = underWay && i === count - 1
    if (i > 0 || !begun) {
      const r = put(i)
      if (end || open) to.words[r * 8 + 2] = owner
      if (end) to.halves[r * 16 + 13] = flag & ~flags.returned
      if (end === receive) {
        to.halves[r * 16 + 12] = wait
        to.halves[r * 16 + 13] = (flag & flags.hasStack) | flags.gil | reasons.message
        to.words[r * 8 + 4] = to.words[r * 8 + 7] = 0
      }
    }
    if (end && !open) {
      const r = put(i)
      const low = words[i * 8]! + words[i * 8 + 2]!
      to.words[r * 8] = low
      to.words[r * 8 + 1] = words[i * 8 + 1]! + (low > 0xffffffff ? 1 : 0)
      to.words[r * 8 + 2] = owner
      to.words[r * 8 + 5] = 0
      to.halves[r * 16 + 12] = end
      to.halves[r * 16 + 13] = flags.gil | (end === receive ? flags.ends : outcomes.done)
      if (end === wake) to.words[r * 8 + 4] = 0
      if (end !== receive) to.words[r * 8 + 7] = 0
    }
  }
  return at
}
