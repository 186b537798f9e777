// What devices did, of a trace: while it is recorded, and after that by the same engine, in memory; of a trace that was opened
// in its file, read once.
import { readCommands, type OnDevices } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'

const known = new WeakMap<Trace, OnDevices>()

export function onDevices(trace: Trace): OnDevices {
  if (trace.live || trace.commands.n > 0 || trace.devices.size > 0) return trace
  let stored = known.get(trace)
  if (!stored) known.set(trace, (stored = readCommands(trace)))
  return stored
}
