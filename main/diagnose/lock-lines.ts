// Locks that one line made are one thing to repair: a lock for each account, row or connection.
//
// In: locks of a trace. Out: which of them belong together (same process, kind, line and name but for its number), and
// what they are called together. A lock whose line is not known belongs to nobody.
import { fullName, madeAt, nameOf } from '../query/names.ts'
import { many, named } from '../query/words.ts'
import { kindName } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

/** "Account.lock" of "Account.lock #7" */
const stem = (name: string): string => name.replace(/ #\d+$/, '')

const linesOfTraces = new WeakMap<Trace, LockLines>()
/** Kept: a rule asks every half second while 100,000 locks are in use. */
export function lockLines(trace: Trace): LockLines {
  let lines = linesOfTraces.get(trace)
  if (!lines) linesOfTraces.set(trace, (lines = new LockLines(trace)))
  return lines
}

/** Numbers for the lines, as they are met. */
class LockLines {
  private readonly trace: Trace
  private readonly numbers = new Map<string, number>()
  /** place = object id */
  private readonly known: number[] = []
  constructor(trace: Trace) {
    this.trace = trace
  }
  of(id: number): number {
    return (this.known[id] ??= this.number(id))
  }
  private number(id: number): number {
    const { process, kind, name, file, line } = this.trace.objects[id]!
    const key = file ? `${process} ${kind} ${file}:${line} ${stem(name)}` : `${id}`
    let number = this.numbers.get(key)
    if (number === undefined) this.numbers.set(key, (number = this.numbers.size))
    return number
  }
}

/** "Bank.lock (bank.py:12)", "40 locks called Account.lock (bank.py:12)" */
export function locksName(trace: Trace, ids: readonly number[]): string {
  const [first] = ids
  if (ids.length === 1) return fullName(trace, first!)
  const name = stem(nameOf(trace, first!))
  return `${many(ids.length, kindName(trace.objects[first!]!.kind))} called ${named(name, madeAt(trace, first!))}`
}
