// Names inside wide slices: "waits for Account.lock", "held by audit". A window answer has kinds, not names, so a slice
// that is wide enough to be read is asked for, once. In: lane and item while the scene is made. Out: the slice, or null.
// Invariants: at most one batch is under way; a label is only used inside the times of the slice that it came from.
import type { Lane, Slice } from '../../wire/api.ts'
import type { Item } from './display-list.ts'
import { sliceLabel, type Known } from './words.ts'

type AskSlice = (lane: number, time: number) => Promise<Slice | null>
const batch = 48
const liveBatch = 8
const most = 4_000
/** ms */
const pace = 300

export class LabelSource {
  private known = new Map<number, Known[]>()
  private size = 0
  private nothing = new Set<string>()
  private missing: { lane: number; time: number }[] = []
  private underWay = false
  private askedAt = -Infinity
  private readonly ask: AskSlice
  private readonly changed: () => void
  constructor(ask: AskSlice, changed: () => void) {
    this.ask = ask
    this.changed = changed
  }

  get pending() {
    return this.underWay
  }

  /** The slice behind an exact item, when it is known; asked for by the next `fetch` when it is not. */
  labelOf = (lane: Lane, item: Item): Known | null => {
    const time = (item.from + item.to) / 2
    const list = this.known.get(lane.id)
    if (list)
      for (let i = list.length - 1; i >= 0; i--) {
        const { slice } = list[i]!
        if (slice.kind === item.kind && slice.start <= time && time < slice.start + slice.dur) return list[i]!
      }
    if (this.missing.length < batch) this.missing.push({ lane: lane.id, time })
    return null
  }

  /** Ask for what the last scene missed; call once a frame. A slice in full is work for the engine, which has the
   *  recording to follow: then one batch each `pace`. */
  fetch(recording: boolean, now: number) {
    if (recording && now - this.askedAt < pace) {
      this.missing = []
      return
    }
    const missing = recording ? this.missing.slice(0, liveBatch) : this.missing
    const wanted = missing.filter((m) => !this.nothing.has(`${m.lane} ${m.time}`))
    this.missing = []
    if (this.underWay || wanted.length === 0) return
    this.underWay = true
    this.askedAt = now
    void Promise.all(wanted.map((m) => this.one(m.lane, m.time))).then(() => {
      this.underWay = false
      this.changed()
    })
  }

  forget() {
    this.known.clear()
    this.nothing.clear()
    this.size = 0
  }

  private async one(lane: number, time: number) {
    const slice = await this.ask(lane, time).catch(() => null)
    if (this.size > most) this.forget()
    // nothing there, or (while recording) not yet what the picture shows: do not ask the same again
    if (!slice || time < slice.start || time >= slice.start + slice.dur) return void this.nothing.add(`${lane} ${time}`)
    const list = this.known.get(lane) ?? []
    this.known.set(lane, [...list.filter((k) => k.slice.start !== slice.start), { slice, label: sliceLabel(slice) }])
    this.size++
  }
}
