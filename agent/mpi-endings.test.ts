// Ranks that do not come to their end: one is killed in a collective, one aborts all. The recording is whole, what the others
// waited in stays open, and mpiexec ends with the code that it has without the agent. With both MPIs.
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { pythonFor } from './test/python-with.ts'
import { mpiexec, ranksOf } from './test/ranks.ts'

const { enter, leave, send, wake } = eventKinds
// the other rank is let go from within the collective, when it gets to what this rank gives
const before = `
import os, signal, sys
from mpi4py import MPI
world = MPI.COMM_WORLD

class Given:
    def __reduce__(self):
        world.send('now', 1)
        return int, ()

world.barrier()
`
const ends = {
  'is killed while the others wait for it': `os.kill(os.getpid(), signal.SIGKILL)`,
  'aborts all': `world.Abort(7); signal.pause()`,
}

describe.each(['mpi', 'openmpi'])('%s', async (name) => {
  const python = await pythonFor(name)

  test.each(Object.entries(ends))('a rank %s', async (_, end) => {
    const source = `${before}
if world.rank == 1:
    world.recv(source=0)
    ${end}
else:
    world.allgather(Given())
`
    const started = await mpiexec(python, 2, source)
    const plain = await mpiexec(python, 2, source, { recorded: false })
    expect(started.status, started.err).toBe(plain.status)
    expect(started.status).not.toBe(0)
    const [zero, one] = ranksOf(started)
    expect(zero!.story(enter, leave)).toEqual(['enter world barrier #1', 'leave world #1', 'enter world allgather #2'])
    expect(zero!.story(send, wake)).toEqual(['send 0 → 1 tag 0 #1', 'wake'])
    expect(one!.story(enter, leave)).toEqual(['enter world barrier #1', 'leave world #1'])
    expect(one!.process.ended).toBe(false)
  })

  test('the exit code of a rank is the one of mpiexec', async () => {
    // Open MPI kills the ranks that are still on their way out when one ends with another code than 0: this one is the last
    const source = `${before}
import select
rank, first = world.rank, os.pidfd_open(world.bcast(os.getpid()))
MPI.Finalize()
if rank == 1:
    select.select([first], [], [])
    sys.exit(3)
`
    const [started, plain] = [await mpiexec(python, 2, source), await mpiexec(python, 2, source, { recorded: false })]
    expect([started.status, started.out]).toEqual([plain.status, plain.out])
    expect(started.status).toBe(3)
    expect(started.processes.map((p) => p.ended)).toEqual([true, true])
  })
})
