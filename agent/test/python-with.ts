// A Python that has packages: that of a chapter of recipes, or of a file of requirements beside this one, which is for
// tests only. Kept in the cache folder, as the app keeps them; made here where the tests' provision has not.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chapterPython, chaptersWithPackages, installPackages } from '../../main/run/chapters.ts'
import { askPython } from '../../main/run/find-python.ts'
import type { Python } from './run-python.ts'

export interface PythonWith extends Python {
  /** folder of its programs: mpiexec, celery, … */
  bin: string
  /** ours, with its programs first on the PATH */
  env: NodeJS.ProcessEnv
}

const requirements = join(import.meta.dirname, 'requirements')
const forTests = readdirSync(requirements).map((name) => name.slice(0, -'.txt'.length))
export const allNames = (): string[] => [...chaptersWithPackages(), ...forTests]

/** Open MPI does not let root start anything unless it is told twice. */
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }

export async function pythonFor(name: string): Promise<PythonWith> {
  const file = join(requirements, `${name}.txt`)
  const python = await chapterPython(name, process.env, existsSync(file) ? file : undefined)
  if (python.bin === null) throw new Error(`${name} is no chapter with packages, and has no file in ${requirements}`)
  await installPackages(python, () => {})
  const { version } = (await askPython(python.python))!
  const env = {
    ...process.env,
    PATH: [python.bin, process.env['PATH']].join(delimiter),
    ...(name === 'openmpi' && asRoot),
  }
  return { file: python.python, minor: version[1], bin: python.bin, env }
}
