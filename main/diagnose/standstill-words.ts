// A standstill in words: who waits for what, who would have to let them go on and why that one cannot; what to try.
//
// In: a standstill of a moment. Out: sentence parts, parties with their stacks. Those who wait for the same for the same
// reason are named together.
import type { Finding, Party } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import type { Moment } from '../query/moment.ts'
import { atSite, fullName, nameOf, siteName } from '../query/names.ts'
import { waiting } from '../query/sentence.ts'
import { placeOf } from '../query/slice.ts'
import { list, many } from '../query/words.ts'
import type { Member, Standstill } from './standstill.ts'

type Advice = Pick<Finding, 'why' | 'tryThis'>

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
        : waiting(kind, object ? fullName(trace, object) : '').for
    return `waits ${what}${atSite(trace, site)}`
  }

  /** Why those whom it needs do not let it go on. */
  private because({ id, wait, needs }: Member): string {
    const { trace } = this.moment
    const { slice } = wait
    const names = list(needs.map((id) => nameOf(trace, id)))
    if (!needs.length) return ''
    if (!slice || slice.kind === sliceKinds.loop) return `, which ${names} runs`
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
      default:
        return 'has not ended'
    }
  }
  private holdOf(object: number, holder: number) {
    return this.moment.holds(this.moment.trace.objects[object]!).find((hold) => hold.object === holder)
  }

  advice(standstill: Standstill): Partial<Advice> {
    const { leads, knot } = standstill
    const kinds = leads.map(({ wait }) => wait.slice?.kind ?? sliceKinds.loop)
    if (!knot)
      return {
        why: whyNobody,
        tryThis: tries[this.hard(standstill)] ?? 'Wait with a timeout, and find out who was to let it go on.',
      }
    const every = (...of: number[]) => kinds.every((kind) => of.includes(kind))
    if (every(sliceKinds.lock)) return leads.length === 1 ? ownLock : {}
    if (every(sliceKinds.future) && leads.every(({ wait }) => wait.slice!.object === leads[0]!.wait.slice!.object))
      return ownPool
    if (kinds.includes(sliceKinds.lock)) return heldWhileWaiting
    return onlyEnds
  }
  /** The kind of wait to advise on: of somebody who is no idle consumer, where there is one. */
  private hard({ leads, others }: Standstill): number {
    const kindOf = ({ wait }: Member) => wait.slice?.kind ?? sliceKinds.loop
    if (others.some((other) => kindOf(other) === sliceKinds.loop)) return sliceKinds.loop
    return kindOf(leads.find((lead) => kindOf(lead) !== sliceKinds.queueGet) ?? leads[0]!)
  }
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
}

const whyNobody = 'Whoever could let them go on has ended or stands still too, so nothing will ever happen here again.'
const tries: Record<number, string> = {
  [sliceKinds.lock]: 'Take locks by `with lock:`, so that they are released on every way out, also by an exception.',
  [sliceKinds.semaphore]: 'Take permits by `with semaphore:`, so that they come back on every way out.',
  [sliceKinds.condition]:
    'Wait by wait_for(predicate): it looks before it waits, so a notify that came earlier is not missed. And notify on every way out of who changes the state.',
  [sliceKinds.event]: 'Set the event on every way out of who is to set it (try … finally), or wait with a timeout.',
  [sliceKinds.barrier]:
    'Make the barrier for as many parties as really come to it, and call abort() when one of them fails.',
  [sliceKinds.queueGet]:
    'Say when nothing more will come: one sentinel (None) for each consumer, put in a `finally:` so that it comes even when the producer fails; from Python 3.13 on Queue.shutdown(); or get(timeout=…).',
  [sliceKinds.queuePut]: 'Take the items out before you wait for the end of who puts them: first get all, then join.',
  [sliceKinds.queueJoin]:
    'Call task_done() once for each item that was got, in a `finally:`, and do not let the workers end before all is done.',
  [sliceKinds.future]: 'Set a result or an exception on every way out of who is to bring it, or wait with a timeout.',
  [sliceKinds.loop]: 'Do not block the thread of the event loop for what the loop itself has to run: await it.',
  [sliceKinds.message]:
    'Close the ends of a pipe that a process does not use: then recv() raises EOFError when nobody is left to send.',
}
const ownLock: Advice = {
  why: 'A plain lock does not know its holder: a thread that takes it twice waits for itself.',
  tryThis:
    'Use an RLock, or let the inner function work without taking the lock (a _locked variant that the outer one calls).',
}
const ownPool: Advice = {
  why: 'A job that waits for another job of its own pool keeps a worker meanwhile. When all workers wait like that, none is left to run what they wait for.',
  tryThis:
    'Do not wait for a result inside a job: return, and let the caller submit the next step; or give the inner jobs a pool of their own.',
}
const heldWhileWaiting: Advice = {
  why: 'Each of them waits for another one, which needs something that is not given back before: none of them will ever go on.',
  tryThis: 'Release the lock before you wait for a thread, task, process or result that needs it.',
}
const onlyEnds: Advice = {
  why: 'Each of them waits for another one to end or to bring a result, so none of them will ever go on.',
  tryThis: 'Let the waiting go in one direction: hand the result over instead of waiting for who waits for you.',
}
