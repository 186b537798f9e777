// Tells a recording in words, for tests that compare whole sequences:
//
//   worker waits for lock held by MainThread (lock)
//   worker wakes: release by MainThread
//   worker acquires lock, contended
//
// An object is called by the variable that its line of the program assigns, a thread by its name, a task by its own, or
// that variable, or its coroutine, and the cause of a
// wake by what happened at that seq and who did it. A test so fails on a wrong cause as on a missing event.
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'

const nameIn = (table: Record<string, number>, value: number) =>
  Object.entries(table).find(([, v]) => v === value)?.[0] ?? `unknown ${value}`
/** The GIL has no name in these stories: gil.test.ts tells of it. */
export const ofGil = (r: EventRecord) => r.kind >= eventKinds.gilWait && r.kind <= eventKinds.gilDrop
export const kindName = (r: EventRecord) => nameIn(eventKinds, r.kind)

export class Story {
  private process: RecordedProcess
  private source: string[]
  private names = new Map<number, string>()

  constructor(process: RecordedProcess, source: string) {
    this.process = process
    this.source = source.split('\n')
    for (const r of process.records) if (r.kind === eventKinds.new) this.names.set(r.object, this.variable(r))
    for (const line of process.lines) if (line.k === 'name') this.names.set(line.object, line.name)
    this.names.set(process.about.mainThread, 'MainThread')
  }

  /** left of the `=` on the line that made it */
  private variable(r: EventRecord): string {
    const text = this.source[(this.process.sites.get(r.site)?.line ?? 0) - 1] ?? ''
    const [left, right] = text.split(' = ')
    const names = right ? left!.split(',').map((name) => name.trim()) : []
    const made = [...this.names.values()].filter((name) => names.includes(name)).length
    const kind = r.flags & 0xff
    const coroutine = kind === objectKinds.task ? this.process.sites.get(r.arg)?.func : undefined
    return names[Math.min(made, names.length - 1)] ?? coroutine ?? nameIn(objectKinds, kind)
  }

  private name(serial: number): string {
    return this.names.get(serial) ?? `thread ${serial}`
  }

  private cause(r: EventRecord): string {
    if (!r.arg) return 'unknown cause'
    const cause = this.process.records.find((e) => e.object === r.object && e.seq === r.arg)
    return cause ? `${kindName(cause)} by ${this.name(cause.thread)}` : `seq ${r.arg} that does not exist`
  }

  private tell(r: EventRecord): string {
    const who = this.name(r.thread)
    const what = this.name(r.object)
    const low = r.flags & 0xff
    const and = (bit: number, text: string) => (r.flags & bit ? `, ${text}` : '')
    switch (r.kind) {
      case eventKinds.new:
        return `${who} makes ${nameIn(objectKinds, low)} ${what}${r.arg && low !== objectKinds.task ? ` (${r.arg})` : ''}`
      case eventKinds.wait:
        return low === reasons.sleep
          ? `${who} sleeps ${r.arg} ms`
          : `${who} waits for ${what}${r.arg ? ` held by ${this.name(r.arg)}` : ''} (${nameIn(reasons, low)})`
      case eventKinds.wake:
        return low === outcomes.done
          ? `${who} wakes${r.object ? `: ${this.cause(r)}` : ''}`
          : `${who} wakes, ${nameIn(outcomes, low)}`
      case eventKinds.acquire:
        return `${who} acquires ${what}${r.arg ? ` ${r.arg}` : ''}${and(flags.contended, 'contended')}`
      case eventKinds.release:
        return `${who} releases ${what}${r.arg ? ` ${r.arg}` : ''}${and(flags.foreign, 'foreign')}`
      case eventKinds.get: {
        const put = this.process.records.find(
          (e) => e.kind === eventKinds.put && e.object === r.object && e.seq === r.arg,
        )
        return `${who} gets from ${what} what ${put ? `${this.name(put.thread)} put at ${this.line(put)}` : 'is unknown'}`
      }
      case eventKinds.threadEnd:
        return `${who} ends${low === outcomes.done ? '' : `, ${nameIn(outcomes, low)}`}`
      case eventKinds.threadStart:
        return `${who} starts ${what}`
      case eventKinds.threadBegin:
        return `${who} begins`
      case eventKinds.step:
        return `${who} steps`
      case eventKinds.suspend:
        if (!low) return `${who} stops`
        return low === reasons.loop
          ? `${who} lets others go`
          : `${who} waits for ${r.object ? what : 'something'} (${nameIn(reasons, low)})`
      case eventKinds.ready:
        return `${who} is ready${r.object ? `: by ${what}` : ''}`
      default:
        return `${who} ${kindName(r)} ${what}${r.arg ? ` ${r.arg}` : ''}`
    }
  }

  private line(r: EventRecord): number {
    return r.kind === eventKinds.wake ? 0 : (this.process.sites.get(r.site)?.line ?? 0)
  }

  /** All of it, or what concerns the objects called so. */
  of(...objects: string[]): string[] {
    return this.process.records
      .filter((r) => !ofGil(r) && (!objects.length || objects.includes(this.name(r.object))))
      .map((r) => this.tell(r))
  }

  all(): string[] {
    return this.process.records.map((r) => this.tell(r))
  }

  /** What these actors do. */
  by(...actors: string[]): string[] {
    return this.process.records.filter((r) => actors.includes(this.name(r.thread))).map((r) => this.tell(r))
  }

  /** The same, as "line: event". */
  lines(...objects: string[]): string[] {
    return this.process.records
      .filter((r) => objects.includes(this.name(r.object)))
      .map((r) => `${this.line(r)}: ${kindName(r)}`)
  }
}

export const story = (recorded: { first: RecordedProcess; source: string }) =>
  new Story(recorded.first, recorded.source)
