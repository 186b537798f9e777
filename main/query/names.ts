// What people call the things of a trace: the same words in lanes, sentences, findings and tables.
import { objectKinds } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { named, place } from './words.ts'

export const nameOf = (trace: Trace, id: number): string => {
  const object = trace.objects[id]
  if (!object) return 'an unknown object'
  return object.thread && object.kind === objectKinds.thread ? threadName(trace, object) : object.name
}

/** Where several processes were recorded: "Process-1" is its main thread, "Thread-2 of Process-1" another one. */
const threadName = (trace: Trace, { name, process }: ObjectRow): string => {
  const own = trace.processes[process]!
  if (own.id === 1 && !own.rank) return name
  // a fork that was given no name has that of the program
  const called = own.name === trace.processes[1]!.name && !own.rank ? `process ${own.pid}` : own.name
  return name === 'MainThread' ? called : `${name} of ${called}`
}

/** Where it was made, "bank.py:12"; '' when unknown. */
export const madeAt = (trace: Trace, id: number): string => {
  const object = trace.objects[id]
  return object ? place(object.file, object.line) : ''
}

/** "Account.lock (bank.py:12)" */
export const fullName = (trace: Trace, id: number): string => named(nameOf(trace, id), madeAt(trace, id))

/** "bank.py:40"; '' when unknown */
export const siteName = (trace: Trace, site: number): string => {
  const s = trace.sites[site]
  return s ? place(s.file, s.line) : ''
}

/** " at bank.py:40"; '' when unknown */
export const atSite = (trace: Trace, site: number): string => {
  const name = siteName(trace, site)
  return name && ` at ${name}`
}
