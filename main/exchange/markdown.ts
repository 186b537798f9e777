// A report as Markdown for a pull request or a GitHub step summary: what was found at a glance, details to unfold.
//
// In: a report. Out: GitHub's Markdown. Names come from the program and may be anything: what means something in Markdown
// or HTML is written so that it means nothing. A step summary may have 1 MiB: the worst findings are told.
import { parallelLines, pathLines, type Report, type ToldFinding } from '../query/report.ts'
import { count, duration, list, many, named, percent } from '../query/words.ts'

const most = 50
const mostWaits = 10

export function reportMarkdown(report: Report): string {
  const { summary: s, findings, rules, contention } = report
  const facts = [
    duration(s.end),
    many(s.processes.length, 'process', 'processes'),
    many(s.threads, 'thread'),
    ...(s.tasks > 0 ? [many(s.tasks, 'task')] : []),
  ]
  const ended =
    typeof s.exit === 'string' ? `, ended by ${plain(s.exit)}` : s.exit ? `, ended with exit code ${s.exit}` : ''
  const clear = rules.filter((rule) => rule.answer === 'clear').map((rule) => rule.rule)
  const waited = contention.filter((c) => c.count > 0)
  const parts = [
    `### Interleave: ${plain(s.name)}: ${findings.length > 0 ? many(findings.length, 'finding') : 'no findings'}`,
    `${facts.join(', ')}${ended}`,
    ...(findings.length > 0
      ? [
          table(
            ['', 'rule', 'about', 'weight', 'where'],
            findings
              .slice(0, most)
              .map((f) => [
                f.fails ? '❌' : '⚠️',
                f.rule,
                plain(f.subject),
                percent(f.weight),
                f.places[0] ? code(`${f.places[0].file}:${f.places[0].line}`) : '',
              ]),
          ),
          ...findings.slice(0, most).map(details),
          ...(findings.length > most ? [`and ${many(findings.length - most, 'other finding')}`] : []),
        ]
      : []),
    ...(clear.length > 0 ? [`Clear: ${clear.join(', ')}`] : []),
    ...rules.filter((r) => r.answer === 'cannot tell').map((r) => `${r.rule} cannot tell: ${plain(r.because)}`),
    ...[...s.losses.map((l) => `${count(l.count)}: ${l.sentence}`), ...s.notes].map((text) => `_${plain(text)}_`),
    ...(waited.length > 0
      ? [
          fold(
            'What was waited for',
            table(
              ['for', 'waited', 'waits', 'longest', 'held meanwhile by'],
              waited
                .slice(0, mostWaits)
                .map((c) => [
                  plain(named(c.name, c.site)),
                  duration(c.total),
                  count(c.count),
                  duration(c.longest),
                  plain(list(c.holders.slice(0, 2).map((h) => `${h.thread}${h.site ? ` at ${h.site}` : ''}`))),
                ]),
            ),
          ),
        ]
      : []),
    ...decided(report),
  ]
  return parts.join('\n\n') + '\n'
}

function decided({ path, parallelism }: Report): string[] {
  const lines = [...pathLines(path), ...parallelLines(parallelism)]
  return lines.length > 0
    ? [fold('What decided how long it took', lines.map((line) => plain(line)).join('<br>\n'))]
    : []
}

function details({ rule, subject, sentence, why, tryThis, places }: ToldFinding): string {
  const lines = places.slice(0, 8).map(({ file, line, text }) => `- ${code(`${file}:${line}`)} ${text && code(text)}`)
  const told = [plain(sentence), `**Why it matters:** ${plain(why)}`, `**What to try:** ${plain(tryThis)}`]
  return fold(`${rule}: ${plain(subject)}`, [...told, ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n'))
}
const fold = (title: string, text: string) => `<details><summary>${title}</summary>\n\n${text}\n\n</details>`
const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Text that is nothing but text, in one line, in a table too. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@-]/g, (c) => (/[()+!-]/.test(c) ? c : `&#${c.charCodeAt(0)};`))
const code = (text: string): string => `<code>${plain(text)}</code>`
