// What a recording says, for a terminal.
//
// In: what the window shows too (summary, findings, contention) and what each rule answered. Out: plain text of at most
// 100 columns; the other formats are in main/exchange. Findings come worst first. Nothing here asks the trace anything, so
// the report can never say something else than the window.
import type {
  Contention,
  CriticalPath,
  Finding,
  Parallelism,
  Place,
  Process,
  RuleAnswer,
  Summary,
} from '../../wire/api.ts'
import { count, duration, list, many, named, percent } from './words.ts'
import { columns, width, wrap } from './wrap.ts'

export interface Report {
  /** of Interleave */
  version: string
  summary: Summary
  findings: ToldFinding[]
  rules: ToldRule[]
  contention: Contention[]
  /** what decided how long it took */
  path: Pick<CriticalPath, 'from' | 'to' | 'sums' | 'whatIf' | 'because'>
  parallelism: Pick<Parallelism, 'from' | 'to' | 'mean' | 'spread' | 'because'>
  /** what the check is to fail on: "lock-order", "contention:20%" */
  failOn: string[]
  /** the folder that places are relative to: of the repository the program ran in, else the one it ran in */
  root: string
  /** the program's own file, relative to the root; '' when it is not known */
  script: string
}
export interface ToldFinding extends Finding {
  /** the lines of its evidence, those inside the root first, each once; files relative to the root, else absolute */
  places: Place[]
  /** it makes the check fail */
  fails: boolean
}
export interface ToldRule extends RuleAnswer {
  why: string
  tryThis: string
  /** the check is to fail on it */
  named: boolean
}

type Told = Pick<Report, 'summary' | 'contention' | 'path' | 'parallelism'> & {
  findings: Finding[]
  rules: RuleAnswer[]
}
export function reportText({ summary, findings, rules, contention, path, parallelism }: Told): string {
  return (
    [
      title(summary),
      lossLines(summary),
      findingLines(findings, rules),
      tableLines(contention),
      [...pathLines(path), ...parallelLines(parallelism)],
    ]
      .filter((part) => part.length)
      .map((part) => part.join('\n'))
      .join('\n\n') + '\n'
  )
}

function title(s: Summary): string[] {
  const facts = [
    duration(s.end),
    many(s.processes.length, 'process', 'processes'),
    many(s.threads, 'thread'),
    ...(s.tasks > 0 ? [many(s.tasks, 'task')] : []),
    many(s.events, 'event'),
  ]
  const share = s.end > 0 ? `, ${percent(s.cost.total / s.end)} of the run` : ''
  const lines = [`${s.name}: ${facts.join(', ')}`, ...ending(s)]
  lines.push(`recording it cost ${duration(s.cost.total)} (${duration(s.cost.perEvent)} an event${share})`)
  for (const { sentence } of s.devices) lines.push(...wrap(sentence, '', '  '))
  for (const { clock } of s.hosts) if (clock) lines.push(...wrap(clock, '', '  '))
  return lines
}

function ending(s: Summary): string[] {
  const lines: string[] = []
  if (s.state !== 'finished') lines.push(`still ${s.state}`)
  if (typeof s.exit === 'string') lines.push(`ended by ${s.exit}`)
  else if (s.exit) lines.push(`ended with exit code ${s.exit}`)
  const cut = s.processes.filter((p) => p.ended === 'cut')
  if (cut.length)
    lines.push(
      `${list(cut.map(fate), 8)} ${cut.length === 1 ? 'was' : 'were'} killed or crashed; what was open then is marked as cut`,
    )
  const failed = s.processes.filter((p) => p.parent !== null && typeof p.exit === 'number' && p.exit !== 0)
  if (failed.length)
    lines.push(
      `${list(
        failed.map((p) => `${p.name} (process ${p.pid}, exit code ${p.exit})`),
        8,
      )} ended with an error`,
    )
  return lines
}

const fate = (p: Process) => `${p.name} (process ${p.pid}${typeof p.exit === 'string' ? `, ${p.exit}` : ''})`

function lossLines(s: Summary): string[] {
  const said = [...s.losses.map((l) => `${count(l.count)}: ${l.sentence}`), ...s.notes]
  return said.length ? ['What to know of this recording', ...said.flatMap((text) => wrap(text, '  - ', '    '))] : []
}

function findingLines(findings: Finding[], rules: RuleAnswer[]): string[] {
  const lines = [findings.length ? many(findings.length, 'finding') : 'No findings']
  findings.forEach((f, i) => {
    const number = `${i + 1}. `
    const indent = ' '.repeat(number.length)
    lines.push(`${number}${f.rule}: ${f.subject}`)
    lines.push(...wrap(f.sentence, indent, indent))
    lines.push(...wrap(f.why, `${indent}Why: `, `${indent}     `))
    lines.push(...wrap(f.tryThis, `${indent}Try: `, `${indent}     `))
  })
  const clear = rules.filter((r) => r.answer === 'clear').map((r) => r.rule)
  if (clear.length) lines.push(...wrap(`clear: ${clear.join(', ')}`, '', '  '))
  for (const r of rules.filter((r) => r.answer === 'cannot tell'))
    lines.push(...wrap(`${r.rule} cannot tell: ${r.because}`, '', '  '))
  return lines
}

function tableLines(contention: Contention[]): string[] {
  const waited = contention.filter((c) => c.count > 0).slice(0, 20)
  if (!waited.length)
    return ['No thread or task waited for a lock, a queue, the GIL, an event loop, a pool or a device.']
  const rows = (holders: number) =>
    waited.map((c) => [
      duration(c.total),
      count(c.count),
      duration(c.longest),
      duration(c.mean),
      named(c.name, c.site),
      c.holders
        .filter((h) => h.dur >= c.total / 100)
        .slice(0, holders)
        .map((h) => `${h.thread}${h.site ? ` at ${h.site}` : ''} ${c.total > 0 ? percent(h.dur / c.total) : ''}`.trim())
        .join(', '),
    ])
  const head = ['waited', 'waits', 'longest', 'mean', 'for', 'held meanwhile by']
  const rest = contention.filter((c) => c.count > 0).length - waited.length
  return [
    'What was waited for',
    ...fitting([2, 1].map((holders) => columns([head, ...rows(holders)], 4))),
    ...(rest > 0 ? [`  and ${many(rest, 'other')}, each less`] : []),
  ]
}

/** The first that is not too wide, else the last. */
const fitting = (tables: string[][]): string[] =>
  tables.find((lines) => lines.every((line) => line.length <= width)) ?? tables.at(-1)!

const mostSums = 5
const mostWhatIf = 3

/** The critical path in sentences, and what would shorten it. */
export function pathLines({ from, to, sums, whatIf, because }: Report['path']): string[] {
  const by = (what: CriticalPath['sums'][number]['by']) => {
    const told = sums.filter((sum) => sum.by === what && sum.share >= 0.01).slice(0, mostSums)
    return told.length > 0 ? told.map(({ name, share }) => `${name} ${percent(share)}`).join(', ') : null
  }
  const parts = [
    ['by actor', by('actor')],
    ['through', by('object')],
    ['by line', by('line')],
  ] as const
  return [
    ...(sums.length > 0 ? [`What decided how long it took: the critical path of ${duration(to - from)}`] : []),
    ...(sums.length > 0 ? parts.flatMap(([title, text]) => (text ? wrap(text, `  ${title}: `, '    ') : [])) : []),
    ...whatIf
      .filter(({ share }) => share >= 0.01)
      .slice(0, mostWhatIf)
      .flatMap(({ name, dur, share }) =>
        wrap(`if nobody had to wait for ${name}: at most ${duration(dur)} (${percent(share)}) shorter`, '  ', '    '),
      ),
    ...(because ? wrap(`The critical path: ${because}`, '', '  ') : []),
  ]
}

/** "2.3 at once on average: nobody 4 %, 1 20 %, 2 41 %, 3 or more 35 %" */
export function parallelLines({ mean, spread, because }: Report['parallelism']): string[] {
  const total = spread.reduce((sum, ns) => sum + ns, 0)
  if (total === 0) return []
  const several = 4
  const parts = [...spread.slice(0, several), spread.slice(several).reduce((sum, ns) => sum + ns, 0)]
  const told = parts.flatMap((ns, n) =>
    ns > 0 ? [`${n === 0 ? 'nobody' : n === several ? `${several} or more` : n} ${percent(ns / total)}`] : [],
  )
  return [
    ...wrap(
      `Running at once: ${mean < 0.05 ? 'under 0.1' : mean.toFixed(1)} on average; ${told.join(', ')} of the time`,
      '',
      '  ',
    ),
    ...(because ? wrap(because, '  ', '  ') : []),
  ]
}
