// What a recording needs of this machine, looked for as soon as the first screen is: the first click shall not wait for
// an interpreter to be asked its version, or for the core to be compiled; the opening of a trace does not need it.
import { recipesPython } from '../run/find-python.ts'
import { buildCore } from '../run/build-core.ts'
import { checkMachine, missing } from '../run/machine.ts'
import { root } from '../run/root.ts'

export interface Machine {
  /** One sentence each: what is missing, and the command that adds it. The first call looks; `onMissing` tells later. */
  missing(): string[]
  /** The interpreter that recipes run in. Throws one sentence when there is none. */
  python(): Promise<string>
}

export function lookAtMachine(onMissing: () => void): Machine {
  let lacking: string[] = []
  let python: string | null = null
  async function findPython(): Promise<string> {
    python ??= await recipesPython()
    if (python) return python
    throw new Error('No CPython 3.10 or newer was found: "npx interleave doctor" says how to add one.')
  }
  async function look(): Promise<void> {
    await findPython().catch(() => {})
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
    python: findPython,
  }
}
