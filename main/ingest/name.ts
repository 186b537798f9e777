// What people call an object, from the line that made it: "Account.lock" for `self.lock = Lock()` in class Account,
// "results" for `results = Queue()`. Pure: (source line, qualified name of the function, kind, turn) → name, or '' when
// the line does not say; then the caller numbers it ("Lock #5"). Of several assignments on one line, the kind says which
// is meant, and the turn (how many of the kind this thread has made there before) where it could be several.
import { basename } from 'node:path'
import type { ObjectKindName } from '../../wire/kinds.ts'

/** a place that can be assigned to: names, attributes, items */
const target = String.raw`[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*(?:\.[\w\u0080-\uffff]+|\[[^\]=]*\])*`
const assignment = new RegExp(String.raw`^\s*(${target})\s*(?::\s*[^=]+)?=(?!=)\s*(.*)$`)
const keyword = /(?:^|[(,]\s*|[{,]\s*)(?:([A-Za-z_]\w*)\s*=|(['"])([^'"]+)\2\s*:)\s*[\w.]*$/
const walrus = /([A-Za-z_]\w*)\s*:=/
const withAs = new RegExp(String.raw`\b(?:with|as)\s.*\bas\s+(${target})\s*[:,]`)

const oneLineDef = /^\s*(?:async\s+)?def\s+\w+\(.*?\)\s*(?:->[^:]+)?:\s+(?=\S)/

/** "run.<locals>.fetch" → "fetch": who reads it has the line that says where. */
export const withoutOuter = (qualname: string): string => qualname.split('.<locals>.').at(-1)!
/** Class of a method's qualified name: "Account.deposit" → "Account", "run.<locals>.Pool.__init__" → "Pool". */
const classOf = (qualname: string): string => {
  const parts = withoutOuter(qualname).split('.')
  return parts.length > 1 ? parts.at(-2)! : ''
}

export const nameOf = (source: string, qualname: string, kind: ObjectKindName, turn: number): string => {
  const line = source.replace(/\s+#[^'"]*$/, '').replace(oneLineDef, '')
  if (kind === 'context' && !isMade(line)) return ''
  const between = kind === 'pipe' ? pipeName(line, qualname, turn) : ''
  return between || nameIn(/[;,]/.test(line) ? pick(assignments(line), kind, turn) : line, qualname)
}

/** A context may be met at its first queue, on a line that says the name of that one. */
const isMade = (line: string): boolean => line.search(makes.context) >= 0 && line.search(makes.stream) < 0

const ends = new RegExp(String.raw`^\s*(${target})\s*,\s*(${target})\s*=\s*[\w.]*\bPipe\((.*)\)\s*$`)
/** "a → b" for the messages from a to b of `a, b = Pipe()`, which makes two directions; Pipe(False) reads at its first end. */
const pipeName = (line: string, qualname: string, turn: number): string => {
  const found = ends.exec(line)
  if (!found) return ''
  const [a, b] = [found[1]!, found[2]!].map((end) => nameIn(`${end} = 0`, qualname))
  const oneWay = /^\s*(?:duplex\s*=\s*)?(?:False|0)\b/.test(found[3]!)
  return oneWay || turn % 2 ? `${b} → ${a}` : `${a} → ${b}`
}

/** The parts between separators that are in no bracket and no string. */
const split = (text: string, separator: string): string[] => {
  const parts = ['']
  let depth = 0
  let quote = ''
  for (const c of text) {
    if (quote) quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if ('([{'.includes(c)) depth++
    else if (')]}'.includes(c)) depth--
    else if (c === separator && depth === 0) {
      parts.push('')
      continue
    }
    parts[parts.length - 1] += c
  }
  return parts
}
/** The statements of a line; `a, b = x, y` is two. */
const assignments = (line: string): string[] =>
  split(line, ';').flatMap((statement) => {
    const sides = split(statement, '=')
    const [left, right] = sides.map((side) => split(side, ','))
    if (sides.length !== 2 || left!.length === 1 || left!.length !== right!.length) return [statement]
    return left!.map((place, i) => `${place.trim()} = ${right![i]!.trim()}`)
  })
/** The statement that makes the object; '' when that cannot be told. */
const pick = (statements: string[], kind: ObjectKindName, turn: number): string => {
  if (statements.length === 1) return statements[0]!
  const making = statements.flatMap((s) => Array.from(s.matchAll(makes[kind]), () => s))
  if (new Set(making).size > 1 && statements.some((s) => /\b(for|while|if|and|or|lambda)\b/.test(s))) return ''
  if (making.length > 0) return making[turn % making.length]!
  const calling = statements.filter((s) => s.includes('('))
  return calling.length === 1 ? calling[0]! : ''
}

const nameIn = (line: string, qualname: string): string => {
  const found = assignment.exec(line)
  let place = found?.[1] ?? ''
  if (place && found![2] !== undefined) {
    // a, b = … has no single target; the regular expression wants one, so a tuple does not match at all
    place = place.replace(/\[\s*(['"])([^'"]*)\1\s*\]/g, '[$2]')
  } else place = (withAs.exec(line) ?? walrus.exec(line))?.[1] ?? ''
  if (!place) {
    const call = /\b(?:threading\.|queue\.|_thread\.|multiprocessing\.)?[A-Za-z_]+\(/g
    for (let m; (m = call.exec(line));) {
      const left = line.slice(0, m.index)
      const before = /[([{]/.test(left) ? keyword.exec(left) : null
      if (before) return before[1] ?? before[3] ?? ''
    }
    return ''
  }
  const [first, ...rest] = place.split('.')
  if ((first === 'self' || first === 'cls') && rest.length) {
    const owner = classOf(qualname)
    return owner ? [owner, ...rest].join('.') : rest.join('.')
  }
  return place
}

const titles: Record<ObjectKindName, string> = {
  thread: 'Thread',
  lock: 'Lock',
  rlock: 'RLock',
  condition: 'Condition',
  semaphore: 'Semaphore',
  boundedSemaphore: 'BoundedSemaphore',
  event: 'Event',
  barrier: 'Barrier',
  queue: 'Queue',
  lifoQueue: 'LifoQueue',
  priorityQueue: 'PriorityQueue',
  simpleQueue: 'SimpleQueue',
  gil: 'GIL',
  task: 'Task',
  loop: 'event loop',
  pool: 'Pool',
  process: 'process',
  pipe: 'Pipe',
  sharedMemory: 'SharedMemory',
  channel: 'channel',
  communicator: 'communicator',
  window: 'window',
  device: 'device',
  context: 'Context',
  stream: 'stream',
  calls: 'calls',
}
/** calls that make an object of the kind */
const makes = Object.fromEntries(
  Object.entries(titles).map(([kind, title]) => [
    kind,
    new RegExp(
      String.raw`\b${{ lock: '(?:Lock|allocate_lock)', queue: '(?:Joinable)?Queue', channel: 'Channel', context: '(?:Context|create_some_context|make_context)', stream: '(?:CommandQueue|[Ss]tream)' }[kind as string] ?? title}\(`,
      'g',
    ),
  ]),
) as Record<ObjectKindName, RegExp>

/** "Lock #5": the name of what has none. */
export const numbered = (kind: ObjectKindName, serial: number): string => `${titles[kind]} #${serial}`

/** "bank.py:12" */
export const shortPlace = (file: string, line: number): string => (file ? `${basename(file)}:${line}` : '')

/** Gives each name and place a number from its second use on: "locks", "locks #2". */
export class Names {
  private readonly used = new Map<string, number>()
  unique(name: string, file: string, line: number): string {
    const key = `${name}\0${file}\0${line}`
    const count = (this.used.get(key) ?? 0) + 1
    this.used.set(key, count)
    return count === 1 ? name : `${name} #${count}`
  }
}
