// `interleave report`: what was found in a trace, as text or JSON. With --fail-on it is a check for CI: exit code 3 when
// one of the named rules found something; a rule that could not tell is said, and does not fail.
import { examine } from '../diagnose/diagnose.ts'
import { rules } from '../diagnose/rules.ts'
import { summary } from '../engine/summary.ts'
import { contention } from '../query/contention.ts'
import { reportText, type Report } from '../query/report.ts'
import { Failure, print } from './output.ts'
import { traceAt } from './trace.ts'

export interface ReportOptions {
  json?: boolean
  failOn?: string[]
}

export async function report(file: string, { json, failOn = [] }: ReportOptions): Promise<number> {
  const known = rules.map((rule) => rule.name)
  const unknown = failOn.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Failure(`there is no rule ${unknown.join(', ')}: the rules are ${known.join(', ')}`, 2)
  const trace = await traceAt(file)
  const opened = { number: 0, path: trace.path, trace, recording: null, recorded: null, failed: null }
  const told: Report = {
    summary: summary({ ...opened, findings: [], file: '' }),
    ...examine(trace),
    contention: contention(trace, {}),
  }
  trace.db.close()
  print(json ? JSON.stringify(told, null, 2) : reportText(told))
  return told.findings.some((finding) => failOn.includes(finding.rule)) ? 3 : 0
}
