// What Python processes said that were not recorded: `<pid>-unrecorded.names` in the run folder, notes of the agent.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SideLine } from '../../wire/side-file.ts'

export function unrecordedNotes(runFolder: string): string[] {
  const names = readdirSync(runFolder).filter((name) => name.endsWith('-unrecorded.names'))
  return names.flatMap((name) =>
    readFileSync(join(runFolder, name), 'utf8')
      .split('\n')
      .flatMap((line) => noteOf(line)),
  )
}
function noteOf(line: string): string[] {
  try {
    const said = JSON.parse(line) as SideLine
    return said.k === 'note' ? [said.text] : []
  } catch {
    return []
  }
}
