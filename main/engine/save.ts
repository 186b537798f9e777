// A trace copied to a path that a person chose: whole, in one file, or not at all.
//
// It is written beside its place and renamed, so a full disk leaves the old file; an existing file is replaced only when
// it is a trace, because in the browser nobody asked the person "replace?".
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { openTrace } from '../store/database.ts'
import type { OpenTrace } from './shelf.ts'

export async function saveCopy({ trace, recording, path: own }: OpenTrace, typed: string): Promise<string> {
  const path = extname(typed) === '' ? `${typed}.sqlite` : typed
  if (recording && recording.state !== 'finished')
    throw new Error('It is still being recorded: stop the program first, then save it.')
  if (path === own) return path
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`There is no folder ${dirname(path)}: make it first or choose another.`)
  if (existsSync(path) && !isTrace(path)) throw new Error(`${path} exists and is not a trace: choose another name.`)
  const part = `${path}.part`
  try {
    await trace.db.backup(part)
    renameSync(part, path)
  } finally {
    for (const left of ['', '-wal', '-shm', '-journal']) rmSync(part + left, { force: true })
  }
  return path
}

function isTrace(path: string): boolean {
  try {
    openTrace(path).db.close()
    return true
  } catch {
    return false
  }
}
