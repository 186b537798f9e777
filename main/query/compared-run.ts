// A recorded run as compare.ts knows it.
import type { Contention, Finding, RuleAnswer } from '../../wire/api.ts'

/** What is compared of a run. */
export interface Run {
  path: string
  /** of the program: "bank" */
  name: string
  machine: string
  /** share of the machine that others kept busy meanwhile; null = not known */
  others: number | null
  exit: number | string | null
  /** ns */
  dur: number
  /** events that the trace does not have */
  lost: number
  findings: readonly Finding[]
  rules: readonly RuleAnswer[]
  contention: readonly Contention[]
}
