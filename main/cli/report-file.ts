// Where a report goes: a file whose ending says its format, checked before anything long is done, or stdout.
//
// The file that GitHub gives a step for its summary has no ending: it is Markdown, and added to, because other commands of
// the step write there too.
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatOf, formats, knownEndings, type Format } from '../exchange/formats.ts'
import { list } from '../query/words.ts'
import type { Report } from '../query/report.ts'
import { Failure, print } from './output.ts'

export interface ReportFile {
  path: string
  format: Format
}

const isStepSummary = (path: string) =>
  Boolean(process.env['GITHUB_STEP_SUMMARY']) && resolve(path) === resolve(process.env['GITHUB_STEP_SUMMARY']!)

/** `asked`: the format, where the person named it. */
export function reportFile(path: string, asked?: Format): ReportFile {
  const format = asked ?? (isStepSummary(path) ? 'markdown' : formatOf(path))
  if (format === null)
    throw new Failure(
      `${path} does not say what to write: name it ${list(
        knownEndings.map((e) => `FILE${e}`),
        9,
      ).replace(' and ', ' or ')}`,
      2,
    )
  if (!statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory())
    throw new Failure(`the folder ${dirname(resolve(path))} does not exist: the report cannot be written there`, 2)
  if (existsSync(path) && statSync(path).isDirectory()) throw new Failure(`${path} is a folder, not a file`, 2)
  return { path, format }
}

export function writeReport({ path, format }: ReportFile, report: Report): void {
  const text = formats[format](report)
  try {
    if (isStepSummary(path)) appendFileSync(path, text)
    else writeFileSync(path, text)
  } catch (error) {
    throw new Failure(`the report cannot be written: ${(error as Error).message}`)
  }
}
export const printReport = (format: Format, report: Report): void => print(formats[format](report))
