// How a trace stands: what it is, how far it has got, what it lacks and what it cost. From the facts of the trace (table
// run), its counts, and the recording where there is one.
import { basename } from 'node:path'
import type { Loss, Process, Summary } from '../../wire/api.ts'
import { objectKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/database.ts'
import type { ProcessRow } from '../store/model.ts'
import { devicesOf } from '../query/devices.ts'
import { hostsOf } from '../query/hosts.ts'
import type { OpenTrace } from './shelf.ts'

export function summary({ number, path, trace, recording, recorded, failed, undiagnosed }: OpenTrace): Summary {
  const fact = (key: string) => trace.facts.get(key)
  const state = recording?.state ?? 'finished'
  const perEvent = numberOf(fact('cost_ns'))
  return {
    trace: number,
    path,
    name: recording?.name ?? fact('name') ?? basename(path, '.sqlite'),
    command: recording?.command ?? listOf(fact('command')),
    startedAt: numberOf(fact('started_at')),
    end: trace.end,
    state,
    exit: exitOf(fact('exit')),
    processes: trace.processes.flatMap((p) => (p ? [processOf(p, hostName(trace, p.host))] : [])),
    hosts: hostsOf(trace),
    events: trace.events,
    slices: trace.slices,
    threads: trace.threads.filter(({ object }) => !object.internal && object.kind !== objectKinds.task).length,
    tasks: trace.threads.filter(({ object }) => !object.internal && object.kind === objectKinds.task).length,
    objects: trace.objects.reduce((n, o) => n + (o && !o.thread && !o.internal ? 1 : 0), 0),
    devices: devicesOf(trace),
    losses: losses(trace),
    cost: { perEvent, total: perEvent * trace.events },
    notes: [
      ...listOf(fact('notes')),
      ...[recorded?.unseen, outlived(recorded?.outlived ?? []), failed, undiagnosed].filter((note) => note != null),
    ],
    rows: recording?.rows ?? 1,
    diagnosed: recording?.diagnosed ?? 1,
    output: recording?.output() ?? fact('output') ?? '',
  }
}

const hostName = ({ hosts }: Trace, id: number): string => (hosts.length > 2 ? (hosts[id]?.name ?? '') : '')
const processOf = (
  { id, pid, name, parent, python, ended, exit, start, end, rank, argv }: ProcessRow,
  host: string,
): Process => ({
  id,
  pid,
  name,
  host,
  parent,
  python,
  ended,
  exit,
  start,
  end,
  rank,
  program: rank ? programOf(argv) : '',
})
const programOf = (argv: readonly string[]): string => basename(argv.find((word) => /\.pyw?$/.test(word)) ?? '')

const outlived = (pids: number[]): string | null =>
  pids.length === 0
    ? null
    : `What the program started goes on without it (process ${pids.join(', ')}): what that does from here is not in this trace.`

/** One row a kind of loss, its count over all processes; the sentences of several processes one after the other. */
function losses(trace: Trace): Loss[] {
  const byWhat = new Map<string, Loss>()
  for (const { what, count, sentence } of trace.losses.values()) {
    const same = byWhat.get(what)
    if (!same) byWhat.set(what, { what, count, sentence })
    else {
      same.count += count
      if (!same.sentence.includes(sentence)) same.sentence += ` ${sentence}`
    }
  }
  return [...byWhat.values()]
}

const numberOf = (text: string | undefined): number => {
  const number = Number(text ?? 0)
  return Number.isFinite(number) ? number : 0
}
/** Facts of an opened file are not trusted: what is no list of texts is none. */
function listOf(json: string | undefined): string[] {
  try {
    const list: unknown = JSON.parse(json ?? '[]')
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : []
  } catch {
    return []
  }
}
/** An exit code is stored in decimal, a signal by its name, nothing when nobody saw the end. */
const exitOf = (text: string | undefined): number | string | null =>
  text === undefined || text === '' ? null : /^-?\d+$/.test(text) ? Number(text) : text
