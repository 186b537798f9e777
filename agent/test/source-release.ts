// The source release of a package, whose own tests are in it, beside the environment in which they are run. In: that
// environment, and which release. Out: the folder; fetched once, by the tests' provision or by the first test that needs it,
// whole or not at all. pip asks it for its metadata: what builds those is in the environment.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PythonWith } from './python-with.ts'

/** Environment of the tests → the release that they come with. */
const releases = { 'celery-tests': ['celery', '5.7.0'], 'pyopencl-tests': ['pyopencl', '2026.1.4'] } as const
export const hasRelease = (name: string): name is keyof typeof releases => name in releases

export function sourceRelease(name: keyof typeof releases, { file, bin }: PythonWith): string {
  const [library, version] = releases[name]
  const release = `${library}-${version}`
  const folder = join(dirname(bin), release)
  if (existsSync(folder)) return folder
  const fresh = mkdtempSync(join(dirname(bin), 'release-'))
  const must = (command: string, ...args: string[]) => {
    const done = spawnSync(command, args, { cwd: fresh, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr || done.error}`)
  }
  try {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-build-isolation']
    must(file, '-m', 'pip', 'download', ...quiet, '--no-binary', ':all:', `${library}==${version}`)
    must('tar', 'xzf', `${release}.tar.gz`)
    // another test may have been faster
    if (!existsSync(folder)) renameSync(join(fresh, release), folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}
