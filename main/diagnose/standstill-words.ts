// A standstill in words: who waits for what, who would have to let them go on and why that one cannot.
//
// In: a standstill of a moment. Out: sentence parts, parties with their stacks. Those who wait for the same for the same
// reason are named together.
import type { Party } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import type { Moment } from '../query/moment.ts'
import { atSite, fullName, nameOf, siteName } from '../query/names.ts'
import { waiting } from '../query/sentence.ts'
import { placeOf } from '../query/slice.ts'
import { list, many } from '../query/words.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import type { Member, Standstill } from './standstill.ts'

export class Words {
  private readonly moment: Moment
  constructor(moment: Moment) {
    this.moment = moment
  }

  /** "ada waits for B (bank.py:2) at bank.py:4, which ben holds since it got it at bank.py:5; …" */
  parts(members: readonly Member[], reasons = true): string[] {
    const { trace } = this.moment
    const together = new Map<string, string[]>()
    for (const member of members) {
      const rest = this.waits(member) + (reasons ? this.because(member) : '')
      const names = together.get(rest)
      if (names) names.push(nameOf(trace, member.id))
      else together.set(rest, [nameOf(trace, member.id)])
    }
    return [...together].map(([rest, names]) => `${list(names.sort(byName))} ${names.length > 1 ? plural(rest) : rest}`)
  }

  /** "and nobody who could put one is left" */
  nobody({ leads }: Standstill): string {
    const reasons = new Set(leads.map(({ wait }) => wait.slice?.kind ?? 0))
    const over = leads.length === 1 ? this.holdersThatAreOver(leads[0]!) : []
    if (over.length) return `which ${list(over)} still held when it ended`
    const act = reasons.size === 1 ? acts[[...reasons][0]!] : undefined
    return `and nobody is left who could ${act ?? `let ${leads.length > 1 ? 'one of them' : 'it'} go on`}`
  }
  private holdersThatAreOver({ wait }: Member): string[] {
    const { trace } = this.moment
    return wait.slice?.kind === sliceKinds.lock && wait.known.length > 0 ? wait.known.map((k) => nameOf(trace, k)) : []
  }

  parties(members: readonly Member[]): Party[] {
    const { trace } = this.moment
    const place = new Map(members.map(({ id }, i) => [id, i]))
    return members.map((member) => ({
      name: nameOf(trace, member.id),
      lane: member.wait.slice?.lane ?? trace.objects[member.id]!.lane!.id,
      time: member.wait.slice?.start ?? member.since,
      waits: this.waits(member),
      stack: (trace.stacks.get(member.wait.slice?.stack ?? 0) ?? [])
        .map((site) => placeOf(trace, site))
        .filter((p) => p !== null),
      needs: member.needs.map((id) => ({ party: place.get(id)!, because: this.has(member, id) })),
    }))
  }

  private waits({ wait: { slice } }: Member): string {
    const { trace } = this.moment
    if (!slice) return 'is in the middle of a step'
    const { object, kind, site } = slice
    const what =
      kind === sliceKinds.loop
        ? 'for its turn on the event loop'
        : (forRank(trace, slice) ?? waiting(kind, object ? fullName(trace, object) : '').for)
    return `waits ${what}${atSite(trace, site)}`
  }

  /** Why those whom it needs do not let it go on. */
  private because({ id, wait, needs }: Member): string {
    const { trace } = this.moment
    const { slice } = wait
    const names = list(needs.map((id) => nameOf(trace, id)))
    if (!needs.length) return ''
    if (!slice || slice.kind === sliceKinds.loop) return `, which ${names} runs`
    if (slice.kind === sliceKinds.collective) return `, to which ${names} ${needs.length > 1 ? 'have' : 'has'} not come`
    if (isMessage(slice)) return ''
    if (slice.kind === sliceKinds.lock) {
      const hold = this.holdOf(slice.object, needs[0]!)
      return `, which ${names} ${needs.length > 1 ? 'hold' : 'holds'} since it got it${atSite(trace, hold?.site ?? 0)}`
    }
    if (slice.kind === sliceKinds.future) {
      const workers = trace.objects[slice.object]!.capacity
      if (needs.length < workers || workers === 0)
        return `, whose ${needs.length > 1 ? 'jobs run' : 'job runs'} in ${names}`
      return workers === 1
        ? `, whose only worker ${needs[0] === id ? 'it is itself' : `${names} is busy`}`
        : `, whose ${many(workers, 'worker')} are all busy`
    }
    return slice.object ? ', which has not ended' : `, of which ${names} ${needs.length > 1 ? 'have' : 'has'} not ended`
  }

  /** What the one that is needed has or does. */
  private has({ wait: { slice } }: Member, id: number): string {
    const { trace } = this.moment
    if (!slice) return 'runs its step'
    switch (slice.kind) {
      case sliceKinds.lock: {
        const since = siteName(trace, this.holdOf(slice.object, id)?.site ?? 0)
        return `holds ${fullName(trace, slice.object)}${since && ` since ${since}`}`
      }
      case sliceKinds.future:
        return `runs a job of ${fullName(trace, slice.object)}`
      case sliceKinds.loop:
        return 'runs the event loop'
      case sliceKinds.collective:
        return 'has not come to it'
      case sliceKinds.send:
        return 'does not receive'
      case sliceKinds.message:
        return 'has not sent'
      default:
        return 'has not ended'
    }
  }
  private holdOf(object: number, holder: number) {
    return this.moment.holds(this.moment.trace.objects[object]!).find((hold) => hold.object === holder)
  }
}

const isMessageKind = (kind: number) => kind === sliceKinds.message || kind === sliceKinds.send
const isMessage = ({ kind }: SliceRow) => isMessageKind(kind)
/** Of a message whose two ends are known; else null. */
function forRank(trace: Trace, { kind, object }: SliceRow): string | null {
  const { members } = trace.objects[object] ?? {}
  if (!members) return null
  if (kind === sliceKinds.collective) return `in a collective of ${fullName(trace, object)}`
  return kind === sliceKinds.send
    ? `for rank ${members.ranks[1]} to receive`
    : `to receive from rank ${members.ranks[0]}`
}
const byName = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })
const plural = (rest: string) => rest.replace(/^waits/, 'wait').replace(/^is/, 'are')

/** What somebody would have to do. */
const acts: Record<number, string> = {
  [sliceKinds.lock]: 'release it',
  [sliceKinds.semaphore]: 'release one',
  [sliceKinds.condition]: 'notify it',
  [sliceKinds.event]: 'set it',
  [sliceKinds.barrier]: 'come to it',
  [sliceKinds.queueGet]: 'put one',
  [sliceKinds.queuePut]: 'take one out',
  [sliceKinds.queueJoin]: 'do it',
  [sliceKinds.future]: 'bring it',
  [sliceKinds.message]: 'send or read one',
  [sliceKinds.send]: 'receive it',
  [sliceKinds.collective]: 'come to it',
}
