// `interleave report`: what was found in a trace, in the format that the reader needs. With --fail-on it is a check for CI:
// exit code 3 when one of the named rules found something; a rule that could not tell is said, and does not fail.
import { examineInTurns } from '../engine/compare.ts'
import type { Format } from '../exchange/formats.ts'
import { reportJsonSchema } from '../exchange/json.ts'
import { verdict, type FailOn } from './fail-on.ts'
import { Failure, print, tell } from './output.ts'
import { printReport, reportFile, writeReport } from './report-file.ts'
import { reading } from './reading.ts'
import { reportInTurns } from './report-of.ts'
import { traceAt } from './trace.ts'

export interface ReportOptions {
  json?: boolean
  format?: Format
  output?: string
  failOn?: FailOn[]
  schema?: boolean
}

export async function report(file: string | undefined, options: ReportOptions): Promise<number> {
  if (options.schema) {
    print(reportJsonSchema())
    return 0
  }
  if (file === undefined) throw new Failure("missing required argument 'file'", 2)
  const asked = options.format ?? (options.json ? 'json' : undefined)
  const into = options.output === undefined ? null : reportFile(options.output, asked)
  const { failOn = [] } = options
  const trace = await traceAt(file)
  try {
    const told = await reading('examining the trace', function* (onProgress) {
      const diagnosis = yield* examineInTurns(trace, (share) => onProgress(0.7 * share))
      return yield* reportInTurns(trace, diagnosis, failOn)
    })
    if (into) writeReport(into, told)
    else printReport(asked ?? 'text', told)
    const { failed, untold } = verdict(told.findings, told.rules, failOn)
    for (const sentence of [...untold, ...(failed === null ? [] : [`${failed}, exit code 3`])])
      tell(`interleave: ${sentence}`)
    return failed === null ? 0 : 3
  } finally {
    trace.db.close()
  }
}
