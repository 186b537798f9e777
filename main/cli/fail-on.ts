// `--fail-on lock-order,contention:20%`: which findings make a check fail.
//
// In: names of rules with commas between, each alone or with the least share of the run (the weight) that its findings must
// cost; `any` stands for all rules. Out: which findings fail, and the sentence for a person. A rule that could not tell does
// not fail: it is said.
import type { Finding, RuleAnswer } from '../../wire/api.ts'
import { rules } from '../diagnose/rules.ts'
import { list, many } from '../query/words.ts'
import { Failure } from './output.ts'

export interface FailOn {
  rule: string
  /** 0…1 */
  share: number
  /** as it was written */
  text: string
}

export function parseFailOn(text: string): FailOn[] {
  const known = ['any', ...rules.map((rule) => rule.name)]
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (parts.length === 0) throw new Failure(`--fail-on names no rule: the rules are ${known.join(', ')}`, 2)
  return parts.map((part) => {
    const [, rule = part, share] = /^([^:]*)(?::(.*))?$/s.exec(part) ?? []
    if (!known.includes(rule)) throw new Failure(`there is no rule ${rule}: the rules are ${known.join(', ')}`, 2)
    if (share !== undefined && !(/^\d+(\.\d+)?\s*%$/.test(share) && parseFloat(share) <= 100))
      throw new Failure(`"${part}" has no share of the run in it: write ${rule}:20%, with 0 to 100 %`, 2)
    return { rule, share: share === undefined ? 0 : parseFloat(share) / 100, text: part }
  })
}

export const fails = ({ rule, weight }: Pick<Finding, 'rule' | 'weight'>, failOn: readonly FailOn[]): boolean =>
  failOn.some((on) => (on.rule === 'any' || on.rule === rule) && weight >= on.share)

export const named = ({ rule }: Pick<RuleAnswer, 'rule'>, failOn: readonly FailOn[]): boolean =>
  failOn.some((on) => on.rule === 'any' || on.rule === rule)

/** Why the check fails; null: it does not. What could not be told is said too. */
export function verdict(
  findings: readonly Finding[],
  answers: readonly RuleAnswer[],
  failOn: readonly FailOn[],
): { failed: string | null; untold: string[] } {
  const failing = findings.filter((finding) => fails(finding, failOn))
  const found = [...new Set(failing.map(({ rule }) => rule))]
  return {
    failed:
      failing.length === 0 ? null : `failed: ${list(found, 8)} found something (${many(failing.length, 'finding')})`,
    untold: answers
      // who names any has the report for the many that had nothing to go by
      .filter(({ answer, rule }) => answer === 'cannot tell' && failOn.some((on) => on.rule === rule))
      .map(({ rule, because }) => `${rule} of --fail-on cannot tell: ${because}`),
  }
}
