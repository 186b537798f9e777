// The machine that a trace was recorded on, as the recording noted it.
import type { Trace } from '../store/trace.ts'

/** "host, 2 × Model, Linux 6": 2; 0 = not known */
export const coresOf = (trace: Trace): number => Number(/, (\d+) × /.exec(trace.facts.get('machine') ?? '')?.[1] ?? 0)
