// A trace at a glance: the header of the window and the first lines of a report.
//
// In: a trace, and what only its recorder knows while it runs (its number in the engine, what was printed, how far the
// rows are). Out: counts, times, what was lost and what the recording cost. Everything here is a field that is there
// already: it is asked with every notice of change.
import type { Loss, Summary } from '../../wire/api.ts'
import type { Trace } from '../store/trace.ts'
import { count } from './words.ts'

/** What the trace itself cannot say. */
export interface Around {
  trace: number
  name: string
  output?: string
  state?: Summary['state']
  /** rows ready for SQL, 0…1 */
  rows?: number
}

export function summary(trace: Trace, around: Around): Summary {
  const fact = (key: string) => trace.facts.get(key)
  const perEvent = Number(fact('cost_ns') ?? 0)
  return {
    trace: around.trace,
    path: trace.path,
    name: around.name,
    command: commandOf(trace),
    startedAt: Number(fact('started_at') ?? 0),
    end: trace.end,
    state: around.state ?? (trace.live ? 'recording' : 'finished'),
    exit: exitOf(fact('exit')),
    processes: trace.processes
      .filter(Boolean)
      .map(({ id, pid, name, python, ended }) => ({ id, pid, name, python, ended })),
    events: trace.events,
    slices: trace.slices,
    threads: trace.threads.length,
    objects: trace.objects.length - 1 - trace.threads.length,
    losses: lossesOf(trace),
    cost: { perEvent, total: Number(fact('cost_total') ?? perEvent * trace.events) },
    notes: textsOf(fact('notes')),
    rows: around.rows ?? (fact('rows') === '1' ? 1 : 0),
    output: around.output ?? fact('output') ?? '',
  }
}

function commandOf(trace: Trace): string[] {
  const command = textsOf(trace.facts.get('command'))
  return command.length ? command : (trace.processes[1]?.argv ?? [])
}

/** A code in decimal, or the name of the signal. */
function exitOf(text: string | undefined): Summary['exit'] {
  if (!text) return null
  return /^-?\d+$/.test(text) ? Number(text) : text
}

/** The same loss of several processes is one line, with its count in the sentence. */
function lossesOf(trace: Trace): Loss[] {
  const losses = new Map<string, Loss>()
  for (const { what, count: n, sentence } of trace.losses.values()) {
    if (n <= 0) continue
    const loss = losses.get(what)
    if (loss) loss.count += n
    else losses.set(what, { what, count: n, sentence })
  }
  return [...losses.values()].map((loss) => ({ ...loss, sentence: `${count(loss.count)}: ${loss.sentence}` }))
}

function textsOf(json: string | undefined): string[] {
  if (!json) return []
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value.map(String) : [String(value)]
  } catch {
    return [json]
  }
}
