// Celery's source release with its own unit tests, beside the environment in which they are run. In: that environment. Out:
// the folder; fetched once, by the tests' provision or by the first test that needs it, whole or not at all.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PythonWith } from './python-with.ts'

const version = '5.7.0'

export function celerySources({ file, bin }: PythonWith): string {
  const folder = join(dirname(bin), `celery-${version}`)
  if (existsSync(folder)) return folder
  const fresh = mkdtempSync(join(dirname(bin), 'celery-'))
  const must = (command: string, ...args: string[]) => {
    const done = spawnSync(command, args, { cwd: fresh, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr || done.error}`)
  }
  try {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-build-isolation']
    must(file, '-m', 'pip', 'download', ...quiet, '--no-binary', ':all:', `celery==${version}`)
    must('tar', 'xzf', `celery-${version}.tar.gz`)
    // another test may have been faster
    if (!existsSync(folder)) renameSync(join(fresh, `celery-${version}`), folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}
