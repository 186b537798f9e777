// Rules of ranks on real programs of mpi4py, each watched while it hangs.
import { describe, test } from 'vitest'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms('mpi', 'mpiexec -n 3 python {program}')
const world = `
from mpi4py import MPI
comm = MPI.COMM_WORLD
rank = comm.Get_rank()
`

describe('ranks that never go on', () => {
  test('all receive first', async ({ expect, onTestFinished }) => {
    const source = `${world}
before, after = (rank - 1) % 3, (rank + 1) % 3
print(comm.recv(source=before))
comm.send(rank, dest=after)
`
    const [found] = await foundIn(source, 'deadlock', onTestFinished)
    expect(found).toMatchObject({ rule: 'deadlock' })
    for (const r of [0, 1, 2])
      expect(found!.sentence).toContain(`rank ${r} waits to receive from rank ${(r + 2) % 3} at program`)
    expect(found!.parties.every(({ stack }) => stack.length > 0)).toBe(true)
  })
  test('a collective against a receive, and one that waits for whoever sends', async ({ expect, onTestFinished }) => {
    const source = `${world}
if rank == 0: comm.recv(source=MPI.ANY_SOURCE)
elif rank == 1: comm.recv(source=2)
else: comm.allreduce(1)
`
    const [found] = await foundIn(source, 'deadlock', onTestFinished)
    expect(found!.sentence).toContain('rank 1 waits to receive from rank 2 at program')
    expect(found!.sentence).toMatch(/rank 2 waits in a collective of world/)
  })
  test('a rank that leaves one collective out: another one comes in its place', async ({ expect, onTestFinished }) => {
    const source = `${world}
for step in range(3):
    if rank != 2 or step != 1: comm.Barrier()
    value = comm.bcast(step if rank == 0 else None, root=0)
while True: comm.recv(source=(rank + 1) % 3)
`
    const found = await foundIn(source, 'mismatched-collectives', onTestFinished)
    const sentence = found.find((f) => f.rule === 'mismatched-collectives')!.sentence
    expect(sentence).toMatch(/^Collective 3 of world.* was .*barrier for rank 0 and rank 1 \(at program.*:6\).*/)
    expect(sentence).toMatch(/a bcast for rank 2 \(at program.*:7\)/)
  })
  test('a rank that ends without the last collective', async ({ expect, onTestFinished }) => {
    const source = `${world}
comm.Barrier()
if rank != 1: comm.Barrier()
`
    const found = await foundIn(source, 'mismatched-collectives', onTestFinished)
    const sentence = found.find((f) => f.rule === 'mismatched-collectives')!.sentence
    expect(sentence).toMatch(
      /^rank 0 and rank 2 .* entered collective 2 of world.*, a barrier; rank 1 ended without it\.$/,
    )
  })
})

describe('ranks that make each other wait', () => {
  test('several messages at once: the late one is to blame', async ({ expect, onTestFinished }) => {
    const source = `${world}
import time
others = [r for r in range(3) if r != rank]
for step in range(20):
    if rank == 1: time.sleep(0.04)
    into = [bytearray(8) for _ in others]
    requests = [comm.Irecv(b, source=o) for b, o in zip(into, others)]
    requests += [comm.Isend(bytes(8), dest=o) for o in others]
    MPI.Request.Waitall(requests)
`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => [f.rule, f.subject])).toEqual([['late-sender', 'rank 1']])
    expect(found[0]!.sentence).toMatch(/^rank 0 and rank 2 waited .* Meanwhile it slept at program.*:8 /)
  })
})
