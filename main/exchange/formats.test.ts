// The formats of a report: of a real trace, and of one whose names are as nasty as names can be.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseFailOn } from '../cli/fail-on.ts'
import { reportOf } from '../cli/report-of.ts'
import { compareJsonSchema, comparisonVersion } from './compare-json.ts'
import { examine } from '../diagnose/diagnose.ts'
import { rules } from '../diagnose/rules.ts'
import { drawn } from '../ingest/drawing.ts'
import type { Report } from '../query/report.ts'
import type { Trace } from '../store/trace.ts'
import { formatOf, formats, type Format } from './formats.ts'
import { reportJson, reportJsonSchema, reportSchema, reportVersion } from './json.ts'
import { reportJunit } from './junit.ts'
import { reportMarkdown } from './markdown.ts'
import { reportSarif } from './sarif.ts'

let trace: Trace
let report: Report
beforeAll(() => {
  trace = drawn(`t1  ${'A'.repeat(80)}....\nt2  .${'a'.repeat(79)}AAAA\nt2  ${'.'.repeat(80)}BBB.`, {
    unit: 1e6,
    objects: { A: { kind: 'lock', name: 'Bank.lock' } },
  })
  trace.setFact('name', 'bank')
  trace.setFact('cwd', '/nowhere/shop')
  const whole = reportOf(trace, examine(trace), parseFailOn('lock-order,contention:20%'))
  // what the other rules make of the drawing is no matter here
  report = {
    ...whole,
    findings: whole.findings.filter(({ rule }) => rule === 'contention'),
    rules: whole.rules.map((r) => (r.rule === 'contention' ? r : { ...r, answer: 'clear', because: '' })),
  }
})
afterAll(() => trace.close())

/** All that a program may put into a name. */
const nasty =
  'a|b <script>]]>&amp; "q" \'s\' `c` *d* _e_ [f](g) \u0000\u0008\u001b[31m\u0085\ud800 \ufffe\r\n| x | \u{1f9f5} ñ'
const spoiled = (): Report => {
  const places = [{ file: `src/${nasty.replaceAll('\0', '')}.py`, line: 0, func: nasty, text: nasty }]
  const finding = { ...report.findings[0]!, subject: nasty, sentence: nasty, places }
  const untold = { ...report.rules[0]!, answer: 'cannot tell' as const, because: nasty }
  return {
    ...report,
    summary: { ...report.summary, name: nasty, notes: [nasty], exit: nasty },
    findings: [finding, { ...finding, fails: false }, { ...finding, places: [] }],
    rules: [untold, ...report.rules.slice(1)],
    contention: report.contention.map((c) => ({ ...c, name: nasty })),
  }
}

test('the report of the trace has the finding, its lines, and what fails', () => {
  expect(report.findings).toMatchObject([{ rule: 'contention', fails: true, subject: 'Bank.lock (drawing.py:1)' }])
  expect(report.findings[0]!.places).toEqual([
    { file: 'drawing.py', line: 4, func: 't2', text: 't2()' },
    { file: 'drawing.py', line: 3, func: 't1', text: 't1()' },
  ])
  expect(report.root).toBe('/nowhere/shop')
  const share = (failOn: string) =>
    reportOf(trace, examine(trace), parseFailOn(failOn)).findings.find((f) => f.rule === 'contention')!.fails
  expect([share('contention:40%'), share('contention:60%'), share('any'), share('deadlock')]).toEqual([
    true,
    false,
    true,
    false,
  ])
})

describe('JUnit', () => {
  /** As another reader of XML has it. */
  const parsed = (xml: string) => {
    const program = `
import sys, json
from xml.etree import ElementTree
def told(e): return {'tag': e.tag, **{'@' + k: v for k, v in e.attrib.items()}, 'text': (e.text or ''), 'children': [told(c) for c in e]}
print(json.dumps(told(ElementTree.fromstring(sys.stdin.buffer.read()))))`
    const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: xml, encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout).children[0]
  }
  test('a rule is a test case, and fails where it was named and found', () => {
    const suite = parsed(reportJunit(report))
    expect(suite).toMatchObject({ '@tests': String(rules.length), '@failures': '1', '@errors': '0', '@skipped': '0' })
    expect(suite.children.map((c: Record<string, string>) => c['@name'])).toEqual(rules.map((rule) => rule.name))
    const failing = suite.children.filter((c: { children: unknown[] }) => c.children.length > 0)
    expect(failing).toMatchObject([{ '@name': 'contention', '@classname': 'interleave.bank' }])
    expect(failing[0].children).toMatchObject([{ tag: 'failure', '@type': 'contention' }])
    expect(failing[0].children[0].text).toContain('drawing.py:4  t2()')
  })
  test('what was found and not named passes with its words; what could not be told is skipped', () => {
    const clear = { ...report, findings: report.findings.map((f) => ({ ...f, fails: false })) }
    const suite = parsed(
      reportJunit({
        ...clear,
        rules: [{ ...report.rules[0]!, answer: 'cannot tell', because: 'lost' }, ...report.rules.slice(1)],
      }),
    )
    expect(suite).toMatchObject({ '@failures': '0', '@skipped': '1' })
    const tags = suite.children.flatMap((c: { children: { tag: string }[] }) => c.children.map((d) => d.tag))
    expect(tags).toEqual(['skipped', 'system-out'])
  })
  test('no name can break it', () => {
    const suite = parsed(reportJunit(spoiled()))
    expect(suite['@name']).toContain('<script>]]>&amp; "q"')
    expect(suite['@name']).toContain('\\u0000\\u0008\\u001b[31m')
    expect(suite['@name']).toContain('\\ud800 \\ufffe')
    expect(suite['@name']).toContain('\u{1f9f5} ñ')
  })
})

describe('SARIF', () => {
  /** What the standard requires and what GitHub takes; nothing else may be in it. */
  const text = z.strictObject({ text: z.string().min(1), markdown: z.string().min(1).optional() })
  const location = z.strictObject({
    physicalLocation: z.strictObject({
      artifactLocation: z
        .strictObject({
          uri: z.string().regex(/^(file:\/\/\/)?[\w./%~!*'()-]+$/),
          uriBaseId: z.literal('%SRCROOT%').optional(),
        })
        .refine(({ uri, uriBaseId }) => (uriBaseId === undefined) === uri.startsWith('file:///')),
      region: z.strictObject({ startLine: z.int().positive() }),
    }),
    logicalLocations: z
      .array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.literal('function') }))
      .optional(),
  })
  const log = z.strictObject({
    $schema: z.url(),
    version: z.literal('2.1.0'),
    runs: z.tuple([
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string(),
            semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
            rules: z.array(
              z.strictObject({
                id: z.string(),
                name: z.string(),
                shortDescription: text,
                fullDescription: text,
                help: text.required(),
                defaultConfiguration: z.strictObject({ level: z.enum(['error', 'warning', 'note', 'none']) }),
                properties: z.strictObject({
                  tags: z.array(z.string()),
                  precision: z.enum(['very-high', 'high', 'medium', 'low']),
                }),
              }),
            ),
          }),
        }),
        automationDetails: z.strictObject({ id: z.string().regex(/^[^/]+\/[^/]+\/$/) }),
        originalUriBaseIds: z.strictObject({
          '%SRCROOT%': z.strictObject({ uri: z.string().regex(/^file:\/\/\/.*\/$/) }),
        }),
        columnKind: z.literal('utf16CodeUnits'),
        results: z.array(
          z.strictObject({
            ruleId: z.string(),
            ruleIndex: z.int().nonnegative(),
            level: z.enum(['error', 'warning', 'note', 'none']),
            rank: z.number().min(0).max(100),
            message: text,
            locations: z.tuple([location]),
            relatedLocations: z.array(location.extend({ id: z.int(), message: text })),
            partialFingerprints: z.record(z.string(), z.string().min(1)),
            properties: z.record(z.string(), z.unknown()),
          }),
        ),
      }),
    ]),
  })
  const read = (of: Report) => log.parse(JSON.parse(reportSarif(of))).runs[0]

  test('a result is at its line, in a file of the repository, and names a rule with help', () => {
    const { results, tool, automationDetails } = read(report)
    expect(automationDetails.id).toBe('interleave/bank/')
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ ruleId: 'contention', level: 'error' })
    expect(results[0]!.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'drawing.py', uriBaseId: '%SRCROOT%' },
      region: { startLine: 4 },
    })
    expect(tool.driver.rules[results[0]!.ruleIndex]!.id).toBe('contention')
    expect(tool.driver.rules.map((rule) => rule.id)).toEqual(rules.map((rule) => rule.name))
  })
  test('a fingerprint stays when lines move and figures differ, and is of the rule, the subject and the line', () => {
    const print = (change: (finding: Report['findings'][number]) => object) =>
      read({ ...report, findings: report.findings.map((f) => ({ ...f, ...change(f) })) }).results[0]!
        .partialFingerprints['interleaveFinding/v1']
    const own = print(() => ({}))
    expect(
      print((f) => ({
        subject: 'Bank.lock (drawing.py:9)',
        sentence: 'x',
        places: f.places.map((p) => ({ ...p, line: 44 })),
      })),
    ).toBe(own)
    expect(print(() => ({ subject: 'Shop.lock (drawing.py:1)' }))).not.toBe(own)
    expect(print((f) => ({ places: f.places.map((p) => ({ ...p, text: 'other()' })) }))).not.toBe(own)
  })
  test('a finding without a line is at the program; a file outside is absolute; no name can break it', () => {
    const { results } = read({ ...spoiled(), script: 'app/main.py' })
    expect(results.map((r) => r.locations[0].physicalLocation.region.startLine)).toEqual([1, 1, 1])
    expect(results[2]!.locations[0].physicalLocation.artifactLocation.uri).toBe('app/main.py')
    const outside = read({
      ...report,
      findings: [{ ...report.findings[0]!, places: [{ file: '/usr/lib/a b.py', line: 3, func: '', text: '' }] }],
    })
    expect(outside.results[0]!.locations[0].physicalLocation.artifactLocation).toEqual({
      uri: 'file:///usr/lib/a%20b.py',
    })
  })
})

describe('JSON', () => {
  test('a report keeps its schema', () => {
    const schema = z.fromJSONSchema(JSON.parse(reportJsonSchema()))
    for (const of of [report, spoiled()]) expect(schema.safeParse(JSON.parse(reportJson(of))).error).toBeUndefined()
    expect(schema.safeParse({ ...JSON.parse(reportJson(report)), more: 1 }).success).toBe(false)
    expect(reportSchema.parse(JSON.parse(reportJson(report))).failed).toEqual(['contention'])
  })
  // what a schema promises is kept here, a file a version
  test.each([
    [`report-v${reportVersion}.schema.json`, reportJsonSchema],
    [`comparison-v${comparisonVersion}.schema.json`, compareJsonSchema],
  ])('%s is what it was: a change of the schema is a new version, with a file of its own', (name, schema) => {
    const path = join(import.meta.dirname, name)
    expect(existsSync(path), `${name} is missing: \`interleave report --schema\` (or compare) writes it`).toBe(true)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(schema()))
  })
})

describe('Markdown', () => {
  test('a table of the findings, details to unfold', () => {
    const text = reportMarkdown(report)
    expect(text).toContain('### Interleave: bank: 1 finding\n')
    expect(text).toContain('| ❌ | contention | Bank.lock (drawing.py:1) | 47 % | <code>drawing.py:4</code> |')
    expect(text).toContain('<details><summary>contention: Bank.lock (drawing.py:1)</summary>\n\n')
    expect(text).toContain('**What to try:** ')
    expect(reportMarkdown({ ...report, findings: [] })).toContain('### Interleave: bank: no findings\n')
  })
  test('no name can break out of its cell', () => {
    const text = reportMarkdown(spoiled())
    expect(text).not.toContain('<script')
    expect(text).not.toMatch(/[\u0000\u001b\r]/)
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    const cells = rows.map((line) => line.split('|').length)
    expect([...new Set(cells)]).toEqual([7])
  })
})

test('every format ends with one line end, and has an ending of a file', () => {
  for (const write of Object.values(formats)) expect(write(report)).toMatch(/[^\n]\n$/)
  const of: Record<string, Format | null> = {
    'a.md': 'markdown',
    'b/report.xml': 'junit',
    'c.sarif': 'sarif',
    'c.sarif.json': 'sarif',
    'd.JSON': 'json',
    'e.txt': 'text',
    'f.html': null,
    g: null,
  }
  for (const [path, format] of Object.entries(of)) expect(formatOf(path), path).toBe(format)
})
