// A trace as a report: what the window shows of it, with what each rule answered, and the lines that its findings cite.
//
// In: an examined trace. Out: a Report. Files are told relative to the repository that the program ran in, because that is
// what a CI knows them by; the trace has them as the program named them.
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Finding, Place } from '../../wire/api.ts'
import type { Diagnosis } from '../diagnose/diagnose.ts'
import { rules } from '../diagnose/rules.ts'
import { unshelved } from '../engine/compare.ts'
import { summary } from '../engine/summary.ts'
import { contention } from '../query/contention.ts'
import { criticalPathInTurns } from '../query/critical-path.ts'
import { parallelismInTurns } from '../query/parallelism.ts'
import { sliceAt } from '../query/read.ts'
import { place } from '../query/words.ts'
import type { Report } from '../query/report.ts'
import type { Trace } from '../store/trace.ts'
import { fails, named, type FailOn } from './fail-on.ts'
import { version } from './version.ts'

export function* reportInTurns(
  trace: Trace,
  { findings, rules: answers }: Diagnosis,
  failOn: readonly FailOn[],
): Generator<void, Report> {
  const { steps: _steps, more: _more, ...path } = yield* criticalPathInTurns(trace, {})
  const { running: _running, ...parallelism } = yield* parallelismInTurns(trace, { from: 0, to: trace.end, width: 1 })
  const cwd = trace.facts.get('cwd') || process.cwd()
  const root = repositoryOf(cwd)
  const told = summary(unshelved(trace))
  const script = told.command.find((word) => word.endsWith('.py') && existsSync(resolve(cwd, word)))
  return {
    version,
    summary: told,
    findings: findings.map((finding) => ({
      ...finding,
      places: placesOf(trace, finding).map((p) => ({ ...p, file: fromRoot(root, cwd, p.file) })),
      fails: fails(finding, failOn),
    })),
    rules: answers.map((answer) => {
      const { why, tryThis } = rules.find((rule) => rule.name === answer.rule)!
      return { ...answer, why, tryThis, named: named(answer, failOn) }
    }),
    contention: contention(trace),
    path,
    parallelism,
    failOn: failOn.map(({ text }) => text),
    root,
    script: script === undefined ? '' : fromRoot(root, cwd, script),
  }
}

export function reportOf(...asked: Parameters<typeof reportInTurns>): Report {
  const work = reportInTurns(...asked)
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** The folder with .git above it, else itself. */
function repositoryOf(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return cwd
  }
}
function fromRoot(root: string, cwd: string, file: string): string {
  const path = resolve(cwd, file)
  const inside = relative(root, path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

/** Lines inside the program's folder first: those of libraries are seldom where it is to be mended. */
function placesOf(trace: Trace, { evidence, parties, subject, sentence }: Finding): Place[] {
  const cited = evidence.flatMap(({ lane, time }): Place[] => {
    const slice = sliceAt(trace, trace.lanes[lane]!, time, 0)
    const site = trace.sites[slice?.site ?? 0]
    const made = trace.objects[trace.lanes[lane]!.object]
    if (site?.file) return [site]
    return made?.file ? [{ file: made.file, line: made.line, func: '', text: '' }] : []
  })
  const waiting = parties.flatMap(({ stack }) => stack.slice(0, 1))
  const each = new Map<string, Place>()
  const known = [...cited, ...waiting]
  const all = known.length > 0 ? known : placesIn(trace, `${subject} ${sentence}`)
  for (const { file, line, func, text } of all)
    if (/^[^<]/.test(file) && !each.has(`${file}:${line}`)) each.set(`${file}:${line}`, { file, line, func, text })
  const cwd = trace.facts.get('cwd') ?? ''
  const isOwn = ({ file }: Place) =>
    !isAbsolute(file) || (file.startsWith(`${cwd}/`) && !file.includes('/site-packages/'))
  const places = [...each.values()]
  return [...places.filter(isOwn), ...places.filter((place) => !isOwn(place))]
}

/** What left no slice (a try in vain) has its line in its words: "bank.py:40", where only one file is called so. */
function placesIn(trace: Trace, words: string): Place[] {
  return [...new Set(words.match(/[\w.-]+:\d+/g))].flatMap((word) => {
    const sites = trace.sites.filter((site) => site && place(site.file, site.line) === word)
    return new Set(sites.map((site) => site.file)).size === 1 ? sites.slice(0, 1) : []
  })
}
