// What people call the things of a trace: the same words in lanes, sentences, findings and tables.
//
// Objects that share name and creating line ("Account.lock" of bank.py:12, made a hundred times) are told apart by
// their order of creation: "Account.lock #2". Threads keep the name the program gave them.
import { objectKinds } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { named, place } from './words.ts'

interface Ordinals {
  /** objects looked at so far */
  seen: number
  /** place = object id: how many of its name came before it, itself included */
  ordinal: number[]
  many: Map<string, number>
}
const ordinals = new WeakMap<Trace, Ordinals>()
const key = (o: ObjectRow) => `${o.process} ${o.line} ${o.name} ${o.file}`

export function nameOf(trace: Trace, id: number): string {
  const object = trace.objects[id]
  if (!object) return 'an unknown object'
  if (object.kind === objectKinds.thread) return object.name || `thread ${id}`
  let known = ordinals.get(trace)
  if (!known) ordinals.set(trace, (known = { seen: 0, ordinal: [], many: new Map() }))
  while (known.seen < trace.objects.length - 1) {
    const next = trace.objects[++known.seen]!
    if (next.kind === objectKinds.thread) continue
    const n = (known.many.get(key(next)) ?? 0) + 1
    known.many.set(key(next), n)
    known.ordinal[next.id] = n
  }
  const same = known.many.get(key(object)) ?? 1
  return same > 1 ? `${object.name} #${known.ordinal[id] ?? 1}` : object.name
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
