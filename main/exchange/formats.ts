// The formats of a report. A new one is a file here and a line in the table.
import { basename, extname } from 'node:path'
import { reportText, type Report } from '../query/report.ts'
import { reportJson } from './json.ts'
import { reportJunit } from './junit.ts'
import { reportMarkdown } from './markdown.ts'
import { reportSarif } from './sarif.ts'

export const formats = {
  text: reportText,
  markdown: reportMarkdown,
  junit: reportJunit,
  sarif: reportSarif,
  json: reportJson,
} as const satisfies Record<string, (report: Report) => string>
export type Format = keyof typeof formats

const endings: Record<string, Format> = {
  '.txt': 'text',
  '.md': 'markdown',
  '.xml': 'junit',
  '.sarif': 'sarif',
  '.json': 'json',
}
export const knownEndings = Object.keys(endings)

/** By the ending of the file: "out.sarif.json" is SARIF too. null: it says nothing. */
export function formatOf(path: string): Format | null {
  const name = basename(path)
  return name.endsWith('.sarif.json') ? 'sarif' : (endings[extname(name).toLowerCase()] ?? null)
}
