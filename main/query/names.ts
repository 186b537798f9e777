// What people call the things of a trace: the same words in lanes, sentences, findings and tables.
import type { Trace } from '../store/trace.ts'
import { named, place } from './words.ts'

export const nameOf = (trace: Trace, id: number): string => trace.objects[id]?.name ?? 'an unknown object'

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
