// A program that forks with threads running: the child writes a file of its own and never into its parent's; the parent's
// is intact; what the child has from before the fork it cites from the parent (`forkOf`).
import { expect, test } from 'vitest'
import { eventKinds } from '../../../wire/kinds.ts'
import {
  type Ended,
  type Recorded,
  count,
  faults,
  madeAt,
  processLine,
  program,
  python,
  readRun,
  run,
  withFolder,
} from './record.ts'
import { ingested } from './trace.ts'

const rounds = 5000
const pairsOn = (r: Recorded, func: string) => {
  const locks = madeAt(r, 'fork.py', func)
  return [eventKinds.acquire, eventKinds.release].map((kind) => count(r, kind, (e) => locks.has(e.object)))
}

test.each(['_exit', 'return', 'exec'])('fork with threads running, the child leaves by %s', (how) =>
  withFolder(async (folder) => {
    const argv = [python, program('fork.py'), how]
    // from 3.12 on a warning names the process
    const said = (e: Ended) => ({ ...e, stderr: e.stderr.replace(/pid=\d+/, 'pid=…') })
    expect(said(await run(folder, argv))).toEqual(said(await run(null, argv)))

    const all = readRun(folder)
    const parent = all.find((r) => processLine(r).argv.includes(how) && !processLine(r).forkOf)!
    const child = all.find((r) => processLine(r).forkOf)!
    const replaced = all.filter((r) => r !== parent && r !== child)
    expect(replaced.length).toBe(how === 'exec' ? 1 : 0)
    expect(processLine(child).forkOf).toBe(parent.name)
    expect(processLine(child).ppid).toBe(parent.pid)
    expect(child.pid).not.toBe(parent.pid)
    for (const r of all) {
      expect(r.pid).toBe(processLine(r).pid)
      expect(faults(r)).toEqual([])
      expect(r.lost).toBe(0)
    }
    expect(pairsOn(parent, 'lock_in_parent')).toEqual([rounds, rounds])
    expect(pairsOn(parent, 'lock_in_child')).toEqual([0, 0])
    expect(pairsOn(child, 'lock_in_child')).toEqual([rounds, rounds])
    expect(pairsOn(child, 'lock_in_thread_of_child')).toEqual([rounds, rounds])
    expect(parent.ended).toBe(true)
    expect(child.ended).toBe(true)
    if (how === 'exec') expect(replaced[0]!.pid).toBe(child.pid)

    const trace = await ingested(folder)
    expect(trace.ended.length).toBe(all.length)
    expect(trace.losses).toEqual([])
  }),
)
