// What a recording needs of this machine, looked for as soon as the first screen is: the first click shall not wait for
// an interpreter to be asked its version, or for the core to be compiled; the opening of a trace does not need it.
import { recipesInterpreter } from '../run/find-python.ts'
import { buildCore } from '../run/build-core.ts'
import { checkMachine, missing } from '../run/machine.ts'
import { root } from '../run/root.ts'

export interface Machine {
  /** One sentence each: what is missing, and the command that adds it. The first call looks; `onMissing` tells later. */
  missing(): string[]
}

export function lookAtMachine(onMissing: () => void): Machine {
  let lacking: string[] = []
  async function look(): Promise<void> {
    await recipesInterpreter()
    lacking = missing(await checkMachine())
    if (lacking.length > 0) onMissing()
    // What does not compile is said by the recording that needs it.
    else await buildCore(root).catch(() => {})
  }
  let looking = false
  return {
    missing() {
      if (!looking) void look().catch(() => {})
      looking = true
      return lacking
    },
  }
}
