// What `record` does with a finished recording when --fail-on or --report ask for it.
//
// In: the options, looked at before the program runs, so that a mistake in them costs no run. Out: the exit code, which
// counts when the program itself did not fail. A check that saw nothing must not pass: then it is 125.
import type { Diagnosis } from '../diagnose/diagnose.ts'
import type { Trace } from '../store/trace.ts'
import { verdict, type FailOn } from './fail-on.ts'
import { tell } from './output.ts'
import { reportFile, writeReport } from './report-file.ts'
import { reportOf } from './report-of.ts'

/** `own`: the exit code of the program. */
export type Check = (trace: Trace, diagnosis: Diagnosis | null, own: number) => number

export function checkFor({ failOn = [], report = [] }: { failOn?: FailOn[]; report?: string[] }): Check {
  const files = report.map((path) => reportFile(path))
  return (trace, diagnosis, own) => {
    if (!diagnosis) {
      tell(`interleave: there is no recording to check or report${own ? '' : ', exit code 125'}`)
      return 125
    }
    const { failed, untold } = verdict(diagnosis.findings, diagnosis.rules, failOn)
    for (const sentence of [
      ...untold,
      ...(failed === null ? [] : [`${failed}, exit code ${own ? `${own}, the program's` : '3'}`]),
    ])
      tell(`interleave: ${sentence}`)
    let code = failed === null ? 0 : 3
    for (const file of files)
      try {
        writeReport(file, reportOf(trace, diagnosis, failOn))
      } catch (error) {
        tell(`interleave: ${(error as Error).message}`)
        code ||= 1
      }
    return code
  }
}
