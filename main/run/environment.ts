// In: the environment of whoever starts the recording. Out: the environment of the program, through which the agent
// comes in and which every child inherits (spawn, fork, exec, workers). Nothing else of it changes.
// PYTHONPATH and not `python -m agent app.py`: only the environment reaches a venv's script, a shebang or a child.
import { delimiter, join } from 'node:path'
import { environment as name } from '../../wire/side-file.ts'
import { root } from './root.ts'

export interface StackOptions {
  /** frames kept of a stack; 0 = none */
  depth?: number | undefined
}
export interface Prepared extends StackOptions {
  runFolder: string
  /** the compiled core */
  core: string
}

/** The folder whose sitecustomize.py brings the agent in. */
export const site = join(root, 'agent', 'site')

export function recordedEnvironment(base: NodeJS.ProcessEnv, prepared: Prepared): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...base }
  // A recording started from a recorded program is its own recording.
  for (const key of Object.values(name)) delete env[key]
  env[name.run] = prepared.runFolder
  env[name.core] = prepared.core
  if (prepared.depth !== undefined) env[name.stackDepth] = String(prepared.depth)
  const others = (base['PYTHONPATH'] ?? '').split(delimiter).filter((path) => path !== '' && path !== site)
  env['PYTHONPATH'] = [site, ...others].join(delimiter)
  return env
}
