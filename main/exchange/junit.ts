// A report as JUnit XML, which every CI shows among the tests: a rule is a test case.
//
// In: a report. Out: XML 1.0. A rule fails where it found something that --fail-on names; what was found besides is in its
// output; a rule that could not tell is skipped. Names come from the program: what XML cannot say is written as \u001b.
import type { Report, ToldFinding, ToldRule } from '../query/report.ts'

export function reportJunit({ summary, findings, rules }: Report): string {
  const cases = rules.map((rule) =>
    testCase(
      rule,
      summary.name,
      findings.filter((finding) => finding.rule === rule.rule),
    ),
  )
  const count = (kind: string) => cases.filter((text) => text.includes(`<${kind} `)).length
  const counts = { tests: rules.length, failures: count('failure'), errors: 0, skipped: count('skipped') }
  const time = (summary.end / 1e9).toFixed(3)
  const suite = attributes({
    name: `interleave ${summary.name}`,
    ...counts,
    time,
    timestamp: new Date(summary.startedAt).toISOString().slice(0, 19),
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites${attributes({ name: 'interleave', ...counts, time })}>
  <testsuite${suite}>
${cases.join('\n')}
  </testsuite>
</testsuites>
`
}

function testCase({ rule, answer, because }: ToldRule, program: string, findings: ToldFinding[]): string {
  const parts = [
    ...findings
      .filter((finding) => finding.fails)
      .slice(0, 1)
      .map(
        (first) =>
          `<failure${attributes({ message: `${first.subject}: ${first.sentence}`, type: rule })}>${escaped(
            findings
              .filter((finding) => finding.fails)
              .map(told)
              .join('\n\n'),
          )}</failure>`,
      ),
    ...(answer === 'cannot tell' ? [`<skipped${attributes({ message: because })}/>`] : []),
    ...(findings.some((finding) => !finding.fails)
      ? [
          `<system-out>${escaped(
            findings
              .filter((finding) => !finding.fails)
              .map(told)
              .join('\n\n'),
          )}</system-out>`,
        ]
      : []),
  ]
  const open = `    <testcase${attributes({ classname: `interleave.${program}`, name: rule, time: '0' })}`
  return parts.length === 0
    ? `${open}/>`
    : `${open}>\n${parts.map((part) => `      ${part}`).join('\n')}\n    </testcase>`
}

const told = ({ subject, sentence, why, tryThis, places }: ToldFinding) =>
  [
    subject,
    sentence,
    `Why: ${why}`,
    `Try: ${tryThis}`,
    ...places.slice(0, 8).map(({ file, line, text }) => `  ${file}:${line}  ${text}`),
  ].join('\n')

const attributes = (values: Record<string, string | number>) =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replace(/[\n\t]/g, ' ')}"`)
    .join('')

/** What XML 1.0 has no character for (control characters, halves of pairs) is written as a person would type it. */
export const escaped = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(
      /[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
