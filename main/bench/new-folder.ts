// Where a bench writes: in memory where there is such a folder, since the disk is not what is measured.
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new one; who asks for it removes it. */
export const newFolder = (): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'interleave-bench-'))
