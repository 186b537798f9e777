// What went wrong, as far as the rules can tell: asked every 500 ms while a program runs, and once when it is over.
//
// In: a trace. Out: findings, worst first, each with the rows that prove it; and what each rule answered. A look costs
// the slices that are new since the last one. A rule that finds nothing in a recording that lost events cannot tell.
import type { Finding } from '../../wire/api.ts'
import type { RuleAnswer } from '../query/report.ts'
import { many } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import type { Scene } from './rule.ts'
import { rules } from './rules.ts'
import { unfinished } from './unfinished.ts'
import { watch } from './watch.ts'

export interface Diagnosis {
  findings: Finding[]
  rules: RuleAnswer[]
}

export const diagnose = (trace: Trace): Finding[] => examine(trace).findings

/** Some 10 ms of the reading that a look at a finished trace needs: for who has others to serve. True: all is read. */
export const readOn = (trace: Trace): boolean => watch(trace, false).behind === 0

export function examine(trace: Trace): Diagnosis {
  const scene: Scene = { trace, watch: watch(trace), unfinished: unfinished(trace) }
  const findings: Finding[] = []
  const answers: RuleAnswer[] = []
  for (const rule of rules) {
    const found = rule.look(scene)
    if ('cannotTell' in found) answers.push({ rule: rule.name, answer: 'cannot tell', because: found.cannotTell })
    else if (found.length) answers.push({ rule: rule.name, answer: 'found', because: '' })
    else answers.push({ rule: rule.name, ...nothing(trace) })
    if ('cannotTell' in found) continue
    for (const f of found) findings.push({ rule: rule.name, why: rule.why, tryThis: rule.tryThis, ...f })
  }
  findings.sort((a, b) => b.weight - a.weight)
  return { findings, rules: answers }
}

function nothing(trace: Trace): Pick<RuleAnswer, 'answer' | 'because'> {
  let lost = 0
  for (const loss of trace.losses.values()) if (loss.what === 'lost' || loss.what === 'gap') lost += loss.count
  if (!lost) return { answer: 'clear', because: '' }
  return { answer: 'cannot tell', because: `${many(lost, 'event')} ${lost === 1 ? 'was' : 'were'} lost` }
}
