// The agent's core, built before it is needed, with a line that says so. Out: its path, or one thrown sentence that names
// what is missing.
import { utimesSync } from 'node:fs'
import { buildCore } from '../run/build-core.ts'
import { isCoreBuilt } from '../run/machine.ts'
import { root } from '../run/root.ts'
import { tell } from './output.ts'

export async function readyCore(): Promise<string> {
  if (isCoreBuilt()) return buildCore(root)
  tell("interleave: building the agent's core (a few seconds, only after a change)")
  const path = await buildCore(root)
  // the same source checked out anew gives the same core, which is older than it
  utimesSync(path, new Date(), new Date())
  return path
}
