// What went wrong, as far as the rules can tell: asked twice a second while a program runs, and once when it is over.
//
//   slices ─▶ tallies (watch.ts) ─▶ each rule ─▶ findings, worst first, with the rows that prove them
//
// In: a trace. Out: findings, and what each rule answered. A look costs the slices that are new since the last one. A
// finished trace is examined in steps, between which others get their turn and it can be given up. A rule that finds
// nothing in a recording that lost events cannot tell.
import type { Finding, RuleAnswer } from '../../wire/api.ts'
import { many } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import type { Rule, Scene } from './rule.ts'
import { rules } from './rules.ts'
import { unfinished } from './unfinished.ts'
import { Watch } from './watch.ts'

export interface Diagnosis {
  findings: Finding[]
  rules: RuleAnswer[]
}

/** The tallies of a trace: those of the rules that are asked while it is recorded, and the others' */
interface Watches {
  live: Watch
  late: Watch
}
const watches = new WeakMap<Trace, Watches>()
const talliesOf = (asked: readonly Rule[]) => new Set(asked.flatMap((rule) => rule.tallies ?? []))
function watchesOf(trace: Trace): Watches {
  let made = watches.get(trace)
  if (!made) {
    // of a trace that is over all slices are read at once
    const live = talliesOf(rules.filter((rule) => !trace.live || rule.live !== false))
    const late = [...talliesOf(rules)].filter((kind) => !live.has(kind))
    watches.set(trace, (made = { live: new Watch(trace, live), late: new Watch(trace, late) }))
  }
  return made
}
function sceneOf(trace: Trace, { live, late }: Watches): Scene {
  return {
    trace,
    unfinished: unfinished(trace),
    behind: trace.live ? live.behind : live.behind + late.behind,
    tally: (kind) => live.tally(kind) ?? late.tally(kind),
  }
}

/** ms from a look to the next one: live rules get at most a twentieth of the time, and a circle is seen within a second */
export const pauseAfter = (tookMs: number): number => Math.max(400, tookMs * 25)

export const diagnose = (trace: Trace): Finding[] => examine(trace).findings

export function examine(trace: Trace): Diagnosis {
  if (!trace.live) {
    const examination = new Examination(trace)
    while (!examination.step(Infinity));
    return examination.diagnosis
  }
  const made = watchesOf(trace)
  made.live.look()
  const scene = sceneOf(trace, made)
  const told: Diagnosis = { findings: [], rules: [] }
  for (const rule of rules) if (rule.live !== false) ask(rule, scene, told)
  return worstFirst(told)
}

/** Of a finished trace, some ms at a time. */
export class Examination {
  readonly diagnosis: Diagnosis = { findings: [], rules: [] }
  private readonly trace: Trace
  private readonly watches: Watches
  private scene: Scene | null = null

  constructor(trace: Trace) {
    this.trace = trace
    this.watches = watchesOf(trace)
  }
  /** 0…1: reading is most of it */
  get progress(): number {
    if (this.scene) return 0.9 + (0.1 * this.diagnosis.rules.length) / rules.length
    const { live, late } = this.watches
    return 0.9 * (1 - Math.min(1, (live.behind + late.behind) / Math.max(1, this.trace.slices)))
  }
  /** Works for about so many ms, a portion or a rule at least; true when all is told. */
  step(ms: number): boolean {
    const until = performance.now() + ms
    do if (!this.portion()) return true
    while (performance.now() < until)
    return false
  }
  private portion(): boolean {
    const { diagnosis, watches } = this
    if (!this.scene) {
      for (const watch of [watches.live, watches.late]) {
        watch.look(false)
        if (watch.behind > 0) return true
      }
      this.scene = sceneOf(this.trace, watches)
      return true
    }
    const rule = rules[diagnosis.rules.length]
    if (rule) ask(rule, this.scene, diagnosis)
    else worstFirst(diagnosis)
    return rule !== undefined
  }
}

function ask(rule: Rule, scene: Scene, { findings, rules: answers }: Diagnosis): void {
  const { name, why, tryThis } = rule
  const found = rule.look(scene)
  if ('cannotTell' in found) return void answers.push({ rule: name, answer: 'cannot tell', because: found.cannotTell })
  answers.push({ rule: name, ...(found.length ? { answer: 'found' as const, because: '' } : nothing(scene.trace)) })
  for (const f of found) findings.push({ rule: name, why, tryThis, parties: [], ...f })
}
function worstFirst(diagnosis: Diagnosis): Diagnosis {
  diagnosis.findings.sort((a, b) => b.weight - a.weight)
  return diagnosis
}

function nothing(trace: Trace): Pick<RuleAnswer, 'answer' | 'because'> {
  let lost = 0
  for (const loss of trace.losses.values()) if (loss.what === 'lost' || loss.what === 'gap') lost += loss.count
  if (!lost) return { answer: 'clear', because: '' }
  return { answer: 'cannot tell', because: `${many(lost, 'event')} ${lost === 1 ? 'was' : 'were'} lost` }
}
