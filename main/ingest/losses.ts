// What the trace does not have or could not make sense of, each with its sentence: counted here, shown by the window.
import { eventKinds, type EventKind } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'

export const losses = {
  /** set, not added: the agent counts them itself */
  lost: (trace: Trace, process: number, count: number) =>
    trace.setLoss(
      'lost',
      process,
      count,
      'Events that the program could not write: the disk was full or out of reach, or CUPTI had no room for records of the device.',
    ),
  unseen: (trace: Trace, process: number, count: number) =>
    trace.setLoss(
      'unseen',
      process,
      count,
      'Locks made before the recording began or inside C code: they are used, but not in the picture.',
    ),
  late: (trace: Trace, process: number) =>
    trace.lose('late', process, 1, 'Events that came out of order of time; they were put in order by their number.'),
  gap: (trace: Trace, process: number, count: number) =>
    trace.lose('gap', process, count, 'Events on locks and queues that never arrived; what came after them is shown.'),
  illegal: (trace: Trace, process: number) =>
    trace.lose(
      'illegal',
      process,
      1,
      'Events that cannot follow what was seen before them, such as a lock acquired while it was held.',
    ),
  unmatched: (trace: Trace, process: number, kind: EventKind) =>
    kind === eventKinds.wake
      ? trace.lose(
          'unmatched-wake',
          process,
          1,
          'Ends of waits whose beginning was not seen, or beginnings without end.',
        )
      : trace.lose(
          'unmatched',
          process,
          1,
          'Releases of locks and gets from queues whose acquire or put was not seen.',
        ),
  unmatchedCommand: (trace: Trace, process: number) =>
    trace.lose('unmatched-command', process, 1, 'Reports of a device on commands whose launch was not seen.'),
  unfinishedCommands: (trace: Trace, process: number, count: number) =>
    trace.lose(
      'unfinished-command',
      process,
      count,
      'Commands of a device that were never seen to end: the program ended first, or the device was lost. They are not drawn.',
    ),
  astray: (trace: Trace, process: number) =>
    trace.lose(
      'astray',
      process,
      1,
      'Connections between processes whose messages could not be told apart any more: from there on they have no arrows.',
    ),
  unknown: (trace: Trace, process: number, count = 1) =>
    trace.lose('unknown', process, count, 'Events and lines that this Interleave does not understand.'),
  torn: (trace: Trace, process: number, count: number) =>
    trace.setLoss('torn', process, count, 'Chunks of events that are damaged: what they had is not in the picture.'),
  cut: (trace: Trace, process: number, count: number) =>
    trace.setLoss(
      'cut',
      process,
      count,
      'Waits and holds that were still open when the process was killed or crashed.',
    ),
}
