// A comparison in words: its answer in a sentence, which the window shows too, and all of it for a terminal, at most 100
// columns wide.
import type { ComparedFinding, ComparedRuns, ComparedWaits, Comparison, Measured } from '../../wire/comparison.ts'
import { deviation, mean } from './statistics.ts'
import { count, duration, list, many, named, percent } from './words.ts'
import { columns, wrap } from './wrap.ts'

export function comparisonSentence({ duration: length, findings }: Omit<Comparison, 'sentence'>): string {
  const changed = (['new', 'worse', 'better', 'gone'] as const).flatMap((change) => {
    const n = findings.filter((f) => f.change === change).length
    return n > 0 ? [`${many(n, 'finding')} ${n === 1 ? 'is' : 'are'} ${change}`] : []
  })
  return `${runLength(length)} ${changed.length > 0 ? `${list(changed)}.` : 'No finding has changed.'}`
}

function runLength(m: Measured): string {
  const [before, after] = [mean(m.before), mean(m.after)]
  const [was, is] = [duration(before), duration(after)]
  if (m.change === 'same') {
    const spread = m.interval ? ` (between ${signed(m.interval.from)} and ${signed(m.interval.to)})` : ''
    return `A run takes ${is}, before ${was}: no difference that these runs can show${spread}.`
  }
  const by = percent(Math.abs(m.difference) / before)
  const within = m.interval ? `, between ${duration(nearer(m.interval))} and ${duration(farther(m.interval))}` : ''
  return `${m.sure ? '' : 'Probably: a'}${m.sure ? 'A' : ''} run takes ${is} instead of ${was}: ${duration(Math.abs(m.difference))} ${m.difference < 0 ? 'less' : 'more'} (${by}${within}).`
}
const nearer = ({ from, to }: { from: number; to: number }) => Math.min(Math.abs(from), Math.abs(to))
const farther = ({ from, to }: { from: number; to: number }) => Math.max(Math.abs(from), Math.abs(to))
/** "+40 ms", "−1.3 s" */
const signed = (ns: number) => (ns === 0 ? '0 s' : `${ns < 0 ? '−' : '+'}${duration(Math.abs(ns))}`)

export function comparisonText(told: Comparison): string {
  return (
    [
      [side('before', told.before), side('after ', told.after)],
      wrap(told.sentence, '', ''),
      told.notes.flatMap((note) => wrap(note, '  - ', '    ')),
      findingLines(told.findings),
      waitLines(told.waits),
    ]
      .filter((part) => part.length > 0)
      .map((part) => part.join('\n'))
      .join('\n\n') + '\n'
  )
}

function side(when: string, { name, runs }: ComparedRuns): string {
  const durs = runs.map(({ dur }) => dur)
  const spread =
    durs.length > 1
      ? `${duration(mean(durs))} on average, ±${duration(deviation(durs))} (${duration(Math.min(...durs))} to ${duration(Math.max(...durs))})`
      : duration(durs[0]!)
  return `${when}  ${name}: ${many(runs.length, 'run')}, ${spread}`
}

function findingLines(findings: readonly ComparedFinding[]): string[] {
  if (findings.length === 0) return ['No findings on either side.']
  return [
    'Findings',
    ...findings.flatMap((f) => {
      const perhaps = f.sure || f.change === 'same' || f.change === 'cannot tell' ? '' : 'perhaps '
      return [
        ...wrap(`${perhaps}${f.change}: ${f.rule}: ${f.subject} (${f.because})`, '  ', '    '),
        ...(f.change === 'new' || f.change === 'worse' ? wrap(f.sentence, '      ', '      ') : []),
      ]
    }),
  ]
}

function waitLines(waits: readonly ComparedWaits[]): string[] {
  if (waits.length === 0) return ['Nobody waited long for anything on either side.']
  const known = waits.some(({ total }) => total.interval)
  const rows = waits
    .slice(0, 20)
    .map(({ name, site, total, count: waits }) => [
      total.change === 'same' ? '' : `${total.sure ? '' : 'probably '}${total.change}`,
      duration(mean(total.before)),
      duration(mean(total.after)),
      signed(total.difference),
      ...(known ? [total.interval ? `${signed(total.interval.from)} to ${signed(total.interval.to)}` : ''] : []),
      `${count(Math.round(waits.before))} → ${count(Math.round(waits.after))}`,
      named(name, site),
    ])
  const head = ['', 'before', 'after', 'change', ...(known ? ['95 % of all between'] : []), 'waits', 'for']
  const rest = waits.length - rows.length
  return [
    'What was waited for, in a run',
    ...columns([head, ...rows], head.length - 1),
    ...(waits.every(({ total }) => total.change === 'same')
      ? ['No difference in the waits that these runs can show.']
      : []),
    ...(rest > 0 ? [`  and ${many(rest, 'other')}`] : []),
  ]
}
