// What the window knows of one open trace, as signals. panels/ and timeline/ read these and write back only `view`,
// `selection`, `following` and `area`; everything else comes from the engine through `ask`.
import { signal, type Signal } from '@preact/signals'
import type { Answers, Argument, Call, Flow, Lane, Slice, Summary } from '../../wire/api.ts'

/** Ask the engine; rejects with one sentence for people. */
export type Ask = <C extends Call>(call: C, argument: Argument<C>) => Promise<Answers[C]>

/** What part of the run the timeline shows, in ns since its start. */
export interface View {
  from: number
  to: number
}
export interface Area extends View {
  lanes: number[]
}

export interface Session {
  trace: number
  ask: Ask
  summary: Signal<Summary | null>
  lanes: Signal<Lane[]>
  /** end of the trace in ns; grows while recording */
  end: Signal<number>
  view: Signal<View>
  /** the view follows the end; touching the timeline stops it, recording goes on */
  following: Signal<boolean>
  selection: Signal<Slice | null>
  /** arrows of the selection */
  flows: Signal<Flow[]>
  /** steps of cause and effect shown for the selection */
  flowDepth: Signal<number>
  area: Signal<Area | null>
  pinned: Signal<number[]>
  marks: Signal<number[]>
}

export function createSession(trace: number, ask: Ask): Session {
  return {
    trace,
    ask,
    summary: signal(null),
    lanes: signal([]),
    end: signal(0),
    view: signal({ from: 0, to: 1e9 }),
    following: signal(true),
    selection: signal(null),
    flows: signal([]),
    flowDepth: signal(1),
    area: signal(null),
    pinned: signal([]),
    marks: signal([]),
  }
}
