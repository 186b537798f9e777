// What devices did, of a trace: while it is recorded, and after that by the same engine, in memory; of a trace that was opened
// in its file, read once.
import { commands as operations } from '../../wire/operations.ts'
import { countCommands, readDevices, type Given, type OnDevices } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'

const known = new WeakMap<Trace, OnDevices>()
const counted = new WeakMap<Trace, Map<number, Given>>()

const inMemory = (trace: Trace): boolean => trace.live || trace.commands.n > 0 || trace.devices.size > 0

export function onDevices(trace: Trace): OnDevices {
  if (inMemory(trace)) return trace
  let stored = known.get(trace)
  if (!stored) known.set(trace, (stored = readDevices(trace)))
  return stored
}

/** What each stream was given to do, without reading the commands of a trace that was opened. */
export function givenTo(trace: Trace): Map<number, Given> {
  if (inMemory(trace)) return count(trace)
  let stored = counted.get(trace)
  if (!stored) counted.set(trace, (stored = countCommands(trace)))
  return stored
}

function count({ commands: c }: OnDevices): Map<number, Given> {
  const given = new Map<number, Given>()
  for (let at = 0; at < c.n; at++) {
    let own = given.get(c.stream[at]!)
    if (!own) given.set(c.stream[at]!, (own = { commands: 0, kernels: 0 }))
    own.commands++
    if (c.operation[at] === operations.kernel) own.kernels++
  }
  return given
}
