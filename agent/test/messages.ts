// Messages between the processes of a recording, for tests: in goes a channel's name, the variable that it was assigned to
// (of a duplex Pipe: the end that writes), out comes who sent each message and who received it, paired by number alone.
// Written from wire/ alone, so that it does not share a mistake with ingest.
import { eventKinds } from '../../wire/kinds.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'
import type { Recorded } from './run-python.ts'

export interface Message {
  number: number
  /** function in which it was put or sent, and got or received; '' = not seen */
  from: string
  to: string
  /** line of the put or send */
  line: number
  bytes: { sent: number; received: number }
}

const siteOf = (p: RecordedProcess, r: EventRecord) => {
  for (const at of family(p)) if (at.sites.has(r.site)) return at.sites.get(r.site)!
  return undefined
}
const parents = new WeakMap<RecordedProcess, RecordedProcess>()
const family = (p: RecordedProcess): RecordedProcess[] => {
  const parent = parents.get(p)
  return parent ? [p, ...family(parent)] : [p]
}

export class Messages {
  private keys = new Map<string, string>()
  private ran: Recorded

  constructor(ran: Recorded) {
    this.ran = ran
    const source = ran.source.split('\n')
    for (const p of ran.processes) {
      const parent = ran.processes.find((other) => other.name === p.about.forkOf)
      if (parent) parents.set(p, parent)
    }
    for (const p of ran.processes)
      for (const r of p.records) {
        if (r.kind !== eventKinds.new) continue
        const [left, right] = (source[(siteOf(p, r)?.line ?? 0) - 1] ?? '').split(' = ')
        const key = this.keyOf(p, r.object)
        const free = right && key ? left!.split(',').find((name) => !this.keys.has(name.trim())) : undefined
        if (free) this.keys.set(free.trim(), key!)
      }
  }

  /** What the object is called among processes; a fork's child knows what its parent had said. */
  private keyOf(process: RecordedProcess, serial: number): string | undefined {
    for (const p of family(process))
      for (const line of p.lines) if (line.k === 'shared' && line.object === serial) return line.key
    return undefined
  }

  /** Records of a kind on the channel, with their process, in order of time. */
  records(kind: number, name: string): { process: RecordedProcess; r: EventRecord; func: string; line: number }[] {
    const key = this.keys.get(name)
    return this.ran.processes
      .flatMap((process) =>
        process.records
          .filter((r) => r.kind === kind && key && this.keyOf(process, r.object) === key)
          .map((r) => ({
            process,
            r,
            func: siteOf(process, r)?.func ?? '',
            line: siteOf(process, r)?.line ?? 0,
          })),
      )
      .sort((a, b) => (a.r.time < b.r.time ? -1 : 1))
  }

  of(name: string): Message[] {
    const posts = this.records(eventKinds.post, name)
    const messages = new Map<number, Message>()
    const at = (number: number) => {
      const known = messages.get(number) ?? { number, from: '', to: '', line: 0, bytes: { sent: 0, received: 0 } }
      messages.set(number, known)
      return known
    }
    for (const sent of this.records(eventKinds.send, name)) {
      const put = posts.find((p) => p.process === sent.process && p.r.seq === sent.r.arg)
      const m = at(sent.r.seq)
      m.from = (put ?? sent).func
      m.line = (put ?? sent).line
      m.bytes.sent = sent.r.arg
    }
    for (const got of this.records(eventKinds.receive, name)) {
      const m = at(got.r.seq)
      m.to = got.func
      m.bytes.received = got.r.arg
    }
    messages.delete(0)
    return [...messages.values()].sort((a, b) => a.number - b.number)
  }

  /** "from → to", in order of the messages. */
  arrows(name: string): string[] {
    return this.of(name).map((m) => `${m.from} → ${m.to}`)
  }
}
