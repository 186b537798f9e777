// A report as SARIF 2.1.0, for code scanning: findings at their lines, in the pull request.
//
// In: a report. Out: JSON. What GitHub asks for and this keeps: every result has a location and its file is relative to the
// repository (%SRCROOT%); rules have help; the category (automationDetails.id up to its last /) keeps the alerts of two
// programs apart. Fingerprints: a finding keeps its own when lines move, because it is of what it says and of the text of
// the line. GitHub's own one (primaryLocationLineHash) is left to `upload-sarif`, which takes it from the source and
// complains about any other.
import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { Place } from '../../wire/api.ts'
import type { Report, ToldFinding, ToldRule } from '../query/report.ts'

/** GitHub shows 25,000; a rule finds far fewer */
const most = 1000

export function reportSarif(report: Report): string {
  const { summary, findings, rules, root, version } = report
  const ids = rules.map(({ rule }) => rule)
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Interleave', semanticVersion: version, rules: rules.map(ruleOf) } },
        automationDetails: { id: `interleave/${encoded(summary.name)}/` },
        originalUriBaseIds: { '%SRCROOT%': { uri: `${pathToFileURL(root).href.replace(/\/$/, '')}/` } },
        columnKind: 'utf16CodeUnits',
        results: findings.slice(0, most).map((finding) => result(report, finding, ids.indexOf(finding.rule))),
      },
    ],
  }
  return JSON.stringify(log, null, 2) + '\n'
}

function ruleOf({ rule, why, tryThis }: ToldRule) {
  return {
    id: rule,
    name: rule,
    shortDescription: { text: titleOf(rule) },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${tryThis}`, markdown: `**Why it matters.** ${why}\n\n**What to try.** ${tryThis}` },
    defaultConfiguration: { level: 'warning' },
    properties: { tags: ['concurrency'], precision: 'high' },
  }
}
const titleOf = (rule: string) => rule[0]!.toUpperCase() + rule.slice(1).replaceAll('-', ' ')

function result({ script }: Report, finding: ToldFinding, ruleIndex: number) {
  const { rule, subject, sentence, weight, places, fails } = finding
  // where no line is known it is at the program itself: without a location GitHub takes none of the results
  const [first = { file: script || 'unknown', line: 1, func: '', text: '' }, ...others] = places
  return {
    ruleId: rule,
    ruleIndex,
    level: fails ? 'error' : 'warning',
    rank: Math.round(weight * 1000) / 10,
    message: { text: sentence },
    locations: [location(first)],
    relatedLocations: others
      .slice(0, 20)
      .map((place, id) => ({ id: id + 1, ...location(place), message: { text: place.text || place.func || 'here' } })),
    partialFingerprints: { 'interleaveFinding/v1': fingerprint(rule, subject, first) },
    properties: { subject, weight },
  }
}

function location({ file, line, func }: Place) {
  const inside = !file.startsWith('/')
  return {
    physicalLocation: {
      artifactLocation: inside
        ? { uri: file.split('/').map(encoded).join('/'), uriBaseId: '%SRCROOT%' }
        : { uri: pathToFileURL(whole(file)).href },
      region: { startLine: Math.max(1, line) },
    },
    ...(func && { logicalLocations: [{ fullyQualifiedName: func, kind: 'function' }] }),
  }
}

/** Half of a pair of surrogates is no text. */
const whole = (text: string) => text.replace(/\p{Cs}/gu, '\ufffd')
const encoded = (text: string) => encodeURIComponent(whole(text))

/** Figures differ from run to run (lines, threads, accounts), so they are left out of it. */
const fingerprint = (rule: string, subject: string, { file, text }: Place) =>
  createHash('sha256')
    .update([rule, subject.replace(/\d+/g, '#'), file, text.trim()].join('\0'))
    .digest('hex')
    .slice(0, 32)
