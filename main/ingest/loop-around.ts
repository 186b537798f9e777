// The loop around a line of Python, by indentation: what repeats it, and whether the loop does anything else.
//
//   while not box.full:          head "while not box.full:", idle: this line is all it does,
//       time.sleep(0.01)         and its head (or an if beside the line) looks whether to go on
//
// In: the lines of a source and the number of one. Out: the head of the innermost loop of the same function, '' when
// there is none. A loop for a number of turns or for a time is no idle one: it waits for nothing; nor is one that sleeps
// inside a `with`: what it has there is in use meanwhile. A parser of Python would
// know strings over several lines too; what they can spoil here is a loop that is not called idle.

export interface LoopAround {
  head: string
  idle: boolean
}

const none: LoopAround = { head: '', idle: false }
const ofLoop = /^(?:async\s+)?(?:while|for)\b/
const ofFunction = /^(?:async\s+)?def\b|^class\b/
/** nothing but looking whether to go on */
const looks =
  /^(?:pass|continue|break|try:|else:|finally:|return\b.*|with\b.*:|(?:el)?if\b.*:(?:\s*(?:pass|continue|break|return\b.*))?|except\b.*:(?:\s*(?:pass|continue|break))?)$/
/** for ever */
const endless = /^while\s+(?:True|1)\s*:/
/** a head that waits, or brings something to work on */
const takes = /:=|\b(?:wait(?:_for)?|get|get_nowait|join|acquire|recv\w*|read\w*|next)\(|\bpoll\([^)]/
/** until a time has come, and nothing else */
const untilThen = /^while\s+(?!.*\b(?:and|or|not)\b).*\b(?:time|monotonic|perf_counter)(?:_ns)?\(\)/

const indentOf = (line: string): number => line.search(/\S/)
const bare = (line: string): string => line.trim().replace(/\s+#[^'"]*$/, '')
const isCode = (line: string): boolean => /^\s*[^#\s]/.test(line)

export function loopAround(lines: readonly string[], number: number): LoopAround {
  const at = number - 1
  const own = lines[at]
  if (own === undefined || !isCode(own)) return none
  const head = ofLoop.test(own.trim()) ? at : headOf(lines, at)
  if (head < 0) return none
  const text = bare(lines[head]!)
  // `while not done: time.sleep(0.01)` is both on one line
  const rest = /^(.*?:)\s+(\S.*)$/.exec(text)
  const body = bodyOf(lines, head)
  const inline = rest !== null && body.length === 0
  const others = body.filter((i) => i !== at).map((i) => bare(lines[i]!))
  const checks = !endless.test(text) || others.some((line) => /^(?:el)?if\b|^except\b/.test(line))
  const idle =
    /^while\b/.test(text) &&
    !untilThen.test(text) &&
    !sleepsWith(lines, body, at) &&
    checks &&
    (inline ? isAlone(rest[1]!, rest[2]!) : body.length > 0 && (head === at || isAlone(text, bare(own)))) &&
    others.every((line) => looks.test(line))
  return { head: inline ? rest[1]! : text, idle }
}

/** Nothing is done beside the line: `head` and `body` are those of a loop on one line, or the line is the body. */
const isAlone = (head: string, body: string): boolean => !body.includes(';') && (looks.test(body) || !takes.test(head))

/** The line sleeps inside a `with` of the loop. */
const sleepsWith = (lines: readonly string[], body: readonly number[], at: number): boolean =>
  /\bsleep\(/.test(lines[at]!) &&
  body.some((i) => i <= at && /^\s*with\b/.test(lines[i]!) && (i === at || bodyOf(lines, i).includes(at)))

/** Line index of the innermost loop's head; -1 = there is none in this function. */
function headOf(lines: readonly string[], at: number): number {
  let level = indentOf(lines[at]!)
  for (let i = at - 1; i >= 0 && level > 0; i--) {
    const line = lines[i]!
    if (!isCode(line) || indentOf(line) >= level) continue
    level = indentOf(line)
    if (ofFunction.test(line.trim())) return -1
    if (ofLoop.test(line.trim())) return i
  }
  return -1
}

function bodyOf(lines: readonly string[], head: number): number[] {
  const level = indentOf(lines[head]!)
  const body: number[] = []
  for (let i = head + 1; i < lines.length; i++) {
    if (!isCode(lines[i]!)) continue
    if (indentOf(lines[i]!) <= level) break
    body.push(i)
  }
  return body
}
