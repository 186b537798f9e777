// Tells a recording of several processes in words, for tests that compare whole sequences: who started whom and how it
// ended, and what happened to an object that they share, in the order that its seq gives.
//
//   main fork worker: exit 0            worker waits: release by main
import { eventKinds, flags, objectKinds, outcomes, starts } from '../../wire/kinds.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'
import type { Recorded } from './run-python.ts'
import { kindName } from './story.ts'

const nameIn = (table: Record<string, number>, value: number) =>
  Object.entries(table).find(([, v]) => v === value)?.[0] ?? `unknown ${value}`

export interface Child {
  parent: RecordedProcess
  serial: number
  name: string
  pid: number
  how: string
  started: EventRecord
  /** "exit 3", "signal 9"; undefined: nobody saw it */
  ended: string | undefined
  /** its own recording, if it is a Python that said anything */
  file: RecordedProcess | undefined
}

/** What the process calls itself; `main` = the program, and a forked child without a name is its parent's fork. */
export const nameOf = (ran: Recorded, p: RecordedProcess): string => {
  const said = p.lines.findLast((line) => line.k === 'processName')
  if (said?.k === 'processName') return said.name
  if (p === ran.first) return 'main'
  return p.about.forkOf ? 'fork' : p.about.argv.join(' ')
}

export const childrenOf = (ran: Recorded, parent: RecordedProcess): Child[] =>
  parent.records
    .filter((r) => r.kind === eventKinds.childStart)
    .map((started) => {
      const end = parent.records.find((r) => r.kind === eventKinds.childEnd && r.object === started.object)
      const named = parent.lines.findLast((line) => line.k === 'name' && line.object === started.object)
      return {
        parent,
        serial: started.object,
        name: named?.k === 'name' ? named.name : '',
        pid: started.arg,
        how: nameIn(starts, started.flags & 255),
        started,
        ended: end && `${end.flags & flags.signalled ? 'signal' : 'exit'} ${end.arg}`,
        file: ran.processes.find((p) => p.about.pid === started.arg),
      }
    })

/** Every start of a process: "main fork worker: exit 0". */
export const tree = (ran: Recorded): string[] =>
  ran.processes.flatMap((p) =>
    childrenOf(ran, p).map((c) => `${nameOf(ran, p)} ${c.how} ${c.name || '?'}: ${c.ended ?? 'unknown'}`),
  )

/** The line of the program where the record was made, 0 = unknown. */
export const lineOf = (ran: Recorded, p: RecordedProcess, r: EventRecord): number => {
  const site = p.sites.get(r.site)
  if (site) return site.line
  const parent = ran.processes.find((q) => q.name === p.about.forkOf)
  return parent ? lineOf(ran, parent, r) : 0
}

const keyOf = (ran: Recorded, p: RecordedProcess, serial: number): string | undefined => {
  const said = p.lines.find((line) => line.k === 'shared' && line.object === serial)
  if (said?.k === 'shared') return said.key
  const parent = ran.processes.find((q) => q.name === p.about.forkOf)
  return parent && keyOf(ran, parent, serial)
}

/** The object that the program's line `variable = …` made, in all processes that have it. */
export class SharedStory {
  private readonly ran: Recorded
  private readonly all: { by: RecordedProcess; r: EventRecord }[] = []
  readonly kind: string = ''

  constructor(ran: Recorded, variable: string) {
    this.ran = ran
    const line = ran.source.split('\n').findIndex((text) => text.trim().startsWith(`${variable} = `)) + 1
    const made = ran.processes.flatMap((p) =>
      p.records
        .filter((r) => r.kind === eventKinds.new && lineOf(ran, p, r) === line && keyOf(ran, p, r.object))
        .map((r) => ({ p, r })),
    )
    const [first] = made
    if (!first) throw new Error(`no shared object was made at line ${line}`)
    // a condition is made after its own lock
    const last = made.at(-1)!
    this.kind = nameIn(objectKinds, last.r.flags & 0xff)
    const key = keyOf(ran, last.p, last.r.object)
    for (const by of ran.processes)
      for (const r of by.records) if (r.object && keyOf(ran, by, r.object) === key) this.all.push({ by, r })
  }

  /** What settles order, by seq; throws when a seq is missing or there twice. */
  get events(): string[] {
    const settled = this.all.filter(({ r }) => r.seq > 0).sort((a, b) => a.r.seq - b.r.seq)
    settled.forEach(({ r }, i) => {
      if (r.seq !== i + 1) throw new Error(`seq ${r.seq} stands at place ${i + 1}`)
    })
    return settled.map(({ by, r }) => this.tell(by, r))
  }

  /** Each wait of the process of that name, and what ended it. */
  waits(process: string): string[] {
    const mine = this.all.filter(({ by }) => nameOf(this.ran, by) === process)
    return mine.flatMap(({ r }) => {
      if (r.kind !== eventKinds.wake) return r.kind === eventKinds.refused ? ['refused'] : []
      const how = r.flags & 0xff
      if (how !== outcomes.done) return [nameIn(outcomes, how)]
      const cause = r.arg ? this.all.find((e) => e.r.seq === r.arg) : undefined
      return [
        cause ? `${kindName(cause.r)} by ${nameOf(this.ran, cause.by)}` : r.arg ? `seq ${r.arg}?` : 'unknown cause',
      ]
    })
  }

  private tell(by: RecordedProcess, r: EventRecord): string {
    const and = (bit: number, text: string) => (r.flags & bit ? `, ${text}` : '')
    const arg = r.arg && r.kind !== eventKinds.new ? ` ${r.arg}` : ''
    return `${nameOf(this.ran, by)} ${kindName(r)}${arg}${and(flags.foreign, 'foreign')}${r.kind === eventKinds.acquire ? and(flags.contended, 'contended') : ''}`
  }
}
