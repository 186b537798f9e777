// What is known of a slice beyond who, what and where: of a collective how far each rank was behind the first, of a message
// its bytes and when it was sent, of a job that is known by a key its name, its id and where its time went, of what devices
// do device-facts.ts.
// In: a slice. Out: what it is called on its lane, and lines of a name and a text, with where to look. Nothing is said that
// was not seen.
import type { Fact } from '../../wire/api.ts'
import { objectKinds, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import { collectives } from '../../wire/operations.ts'
import { isActor } from '../store/lane.ts'
import type { EntryRow, Place, SubmissionRow } from '../store/between.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { knownOfDevices } from './device-facts.ts'
import { fetchedIn, meetingAt, messagesAt, submissionOf, type Message } from './between.ts'
import { atSite, nameOf } from './names.ts'
import { bytesText, count, duration, many } from './words.ts'

export interface Known {
  /** "allreduce", "tasks.add"; '' = its kind says it all */
  called: string
  facts: Fact[]
}
const nothing: Known = { called: '', facts: [] }
const operations = new Map<number, string>(Object.entries(collectives).map(([name, id]) => [id, name]))
/** "reduceScatter" → "reduce-scatter" */
export const operationName = (operation: number | string): string =>
  (typeof operation === 'string' ? operation : (operations.get(operation) ?? 'collective')).replace(
    /[A-Z]/g,
    (c) => `-${c.toLowerCase()}`,
  )

export function knownOf(trace: Trace, row: SliceRow): Known {
  const lane = trace.lanes[row.lane]!
  if (row.kind === sliceKinds.band) return ofCollective(trace, row, meetingAt(trace, lane.object, row.start, null))
  const onDevice = knownOfDevices(trace, row)
  if (onDevice) return onDevice
  if (row.kind === sliceKinds.job) return ofJob(trace, submissionOf(trace, lane.object, row.arg))
  if (!isActor(lane)) return nothing
  const own = (lane.parent ?? lane).id
  const end = row.start + row.dur
  if (row.kind === sliceKinds.collective) return ofCollective(trace, row, meetingAt(trace, row.object, row.start, own))
  if (row.kind === sliceKinds.send) {
    const [message] = messagesAt(trace, [{ channel: row.object, end: 'from', lane: own, time: row.start }])
    return message ? { called: '', facts: ofMessage(trace, message, row) } : nothing
  }
  if (row.kind === sliceKinds.message && !row.cut) {
    const channel = trace.objects[row.object]?.kind === objectKinds.channel ? row.object : 0
    const [message] = messagesAt(trace, [{ channel, end: 'to', lane: own, time: end }])
    return message ? { called: '', facts: ofMessage(trace, message, row) } : nothing
  }
  if (row.kind === sliceKinds.future && row.object && !row.cut)
    return ofResult(trace, fetchedIn(trace, row.object, { ...row, lane: own }))
  return nothing
}

const fact = (name: string, text: string, at: Place | null = null): Fact => ({ name, text, at })
const whose = (trace: Trace, { lane }: Place) => nameOf(trace, trace.lanes[lane]?.object ?? 0)

function ofMessage(trace: Trace, { from, to, bytes }: Message, { kind, start }: SliceRow): Fact[] {
  const facts: Fact[] = []
  if (kind === sliceKinds.message && from) {
    const late = from.time - start
    const when = late > 0 ? `${duration(late)} after this wait began` : `${duration(-late)} before it`
    facts.push(fact('Sent by', `${whose(trace, from)}, ${when}`, from))
  }
  if (kind === sliceKinds.send && to) facts.push(fact('Received by', whose(trace, to), to))
  if (bytes > 0) facts.push(fact('Message', bytesText(bytes)))
  return facts
}

function ofCollective(trace: Trace, row: SliceRow, entries: readonly EntryRow[]): Known {
  const called = operationName(row.arg)
  if (entries.length === 0) return { called, facts: [] }
  const byTime = entries.toSorted((a, b) => a.entered - b.entered)
  const [first, last] = [byTime[0]!, byTime.at(-1)!]
  const members = trace.objects[first.communicator]?.members?.ranks.length ?? 0
  const place = ({ lane, entered }: EntryRow): Place => ({ lane, time: entered })
  const facts = [fact('Operation', `${called}, number ${count(first.number)} of its communicator`)]
  const root = entries.find((e) => e.root)
  if (root) facts.push(fact('Root', whose(trace, place(root)), place(root)))
  const bytes = new Set(entries.map((e) => e.bytes))
  const most = Math.max(...bytes)
  if (most > 0) facts.push(fact('Bytes', `${bytes.size > 1 ? 'up to ' : ''}${bytesText(most)} from each rank`))
  if (entries.length > 1)
    facts.push(
      fact(
        'Came last',
        `${whose(trace, place(last))}${atSite(trace, last.site)}, ${duration(last.entered - first.entered)} after the first`,
        place(last),
      ),
    )
  if (members > entries.length) facts.push(fact('Not come', many(members - entries.length, 'rank')))
  return { called, facts }
}

const endings: Record<number, string> = {
  [sliceOutcomes.timedOut]: ', ended by its time limit',
  [sliceOutcomes.raised]: ', ended by an exception',
  [sliceOutcomes.cancelled]: ', cancelled',
}

/** A wait may be for several results: it is told which one came last. */
function ofResult(trace: Trace, job: SubmissionRow | null): Known {
  if (!job) return nothing
  const which = `the result of job ${count(job.number)}${job.name && ` (${job.name})`}`
  return { called: '', facts: [fact('Ended by', which, job.begun), ...ofJob(trace, job).facts] }
}

function ofJob(trace: Trace, job: SubmissionRow | null): Known {
  if (!job) return nothing
  const { submitted, accepted, begun, ended, fetched } = job
  const facts: Fact[] = []
  if (job.name) facts.push(fact('Job', job.name))
  if (job.id) facts.push(fact('Id', job.id))
  if (job.retries > 0) facts.push(fact('Try', `number ${job.retries + 1}`))
  if (submitted) facts.push(fact('Submitted by', whose(trace, submitted) + atSite(trace, job.site), submitted))
  if (job.bytes > 0) facts.push(fact('Arguments', bytesText(job.bytes)))
  const until = begun?.time ?? null
  if (submitted && until !== null) {
    const taken = accepted && accepted.time <= until && accepted.time >= submitted.time ? accepted : null
    const queued = Math.max(0, (taken?.time ?? until) - submitted.time)
    facts.push(fact('Waited', taken ? `${duration(queued)} until a worker process took it` : duration(queued)))
    if (taken) facts.push(fact('Kept', `${duration(until - taken.time)} by ${whose(trace, taken)}`, taken))
  }
  if (job.due !== null && submitted && job.due > submitted.time)
    facts.push(fact('Due', `${duration(job.due - submitted.time)} after it was submitted`))
  if (begun && ended !== null)
    facts.push(fact('Ran', `${duration(ended - begun.time)}${endings[job.outcome ?? 0] ?? ''}`, begun))
  if (fetched) facts.push(fact('Result', `to ${whose(trace, fetched)}`, fetched))
  else if (ended !== null)
    facts.push(fact('Result', job.ignored ? 'nobody is to have it' : 'nobody was seen to fetch it'))
  return { called: job.name, facts }
}
