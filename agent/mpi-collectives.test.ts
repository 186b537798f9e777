// Collectives of mpi4py: each rank enters and leaves each of them once, under the same number on the same communicator,
// whatever MPI calls the pickled ones are made of. Communicators have the same key in all their ranks, and in no other.
// Windows tell whose memory was read or written. With both MPIs.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds } from '../wire/kinds.ts'
import { collectives } from '../wire/operations.ts'
import { pythonFor } from './test/python-with.ts'
import { mpiexec, ranksOf, type Rank } from './test/ranks.ts'

const { enter, leave, access, receive, send, wait } = eventKinds
const before = `
from array import array
from mpi4py import MPI
world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()
one, all = array('i', [rank]), array('i', [0] * size)
`
const keyed = (rank: Rank, kind: number) =>
  rank.process.records
    .filter((r) => r.kind === eventKinds.new && (r.flags & 255) === kind)
    .map((r) => rank.keyOf(r.object))

describe.each(['mpi', 'openmpi'])('%s', async (name) => {
  const python = await pythonFor(name)
  const run = async (ranks: number, source: string) => {
    const started = await mpiexec(python, ranks, before + source)
    expect(started, started.err).toMatchObject({ status: 0 })
    return { ...started, ranks: ranksOf(started) }
  }

  test('each is entered and left once by each rank, and nothing else is told of it', async () => {
    const { ranks } = await run(
      3,
      `
world.barrier()
world.bcast(rank, root=1)
world.scatter([0, 1, 2] if rank == 2 else None, 2)
world.gather(rank)
world.allgather(rank)
world.alltoall([0, 1, 2])
world.reduce(rank, root=1)
world.allreduce(rank)
world.scan(rank)
world.exscan(rank)
world.Barrier()
world.Bcast(one, root=1)
world.Scatter(all, one, root=2)
world.Gather(one, all if rank == 0 else None)
world.Gatherv(one, (all, 1) if rank == 0 else None)
world.Allgather(one, all)
world.Alltoall(all, array('i', [0] * size))
world.Reduce(one, array('i', [0]), MPI.SUM, 1)
world.Allreduce(one, array('i', [0]))
world.Reduce_scatter_block(all, one)
world.Scan(one, array('i', [0]))
`,
    )
    const operations = [
      ...['barrier', 'bcast', 'scatter', 'gather', 'allgather', 'alltoall', 'reduce', 'allreduce', 'scan', 'exscan'],
      ...['barrier', 'bcast', 'scatter', 'gather', 'gather', 'allgather', 'alltoall', 'reduce', 'allreduce'],
      ...['reduceScatter', 'scan'],
    ]
    const roots: Record<string, number> = { bcast: 1, scatter: 2, gather: 0, reduce: 1 }
    for (const r of ranks)
      expect(r.story(enter, leave, send, receive, wait)).toEqual(
        operations.flatMap((operation, i) => [
          `enter world ${operation}${roots[operation] === r.rank ? ' as root' : ''} #${i + 1}`,
          `leave world #${i + 1}`,
        ]),
      )
    // mpi4py takes a lock around each of those for objects
    for (const r of ranks) expect(keyed(r, objectKinds.lock)).toEqual([])
    const allreduce = ranks[0]!.records(enter).findLast((r) => (r.flags & 255) === collectives.allreduce)!
    expect(ranks[0]!.line(allreduce)).toBe((before + `\n`.repeat(19)).split('\n').length)
  })

  test('those that come back at once are left when a wait or a test finds them over', async () => {
    const { ranks } = await run(
      2,
      `
world.Ibarrier().Wait()
request = world.Ibcast(one, root=1)
while not request.Test():
    pass
MPI.Request.Waitall([world.Ibarrier(), world.Ibarrier()])
`,
    )
    expect(ranks[0]!.story(enter, leave)).toEqual([
      'enter world barrier #1',
      'leave world #1',
      'enter world bcast #2',
      'leave world #2',
      'enter world barrier #3',
      'enter world barrier #4',
      'leave world #3',
      'leave world #4',
    ])
    expect(ranks[0]!.records(enter).every((r) => (r.flags & flags.nonblocking) !== 0)).toBe(true)
    expect(ranks[0]!.story(wait)[0]).toBe('wait for world (collective)')
  })

  test('communicators made of one another: the same key in all their ranks, and the ranks that they have', async () => {
    const { ranks } = await run(
      4,
      `
half = world.Split(rank % 2, key=-rank)
half.allreduce(1)
half.send(rank, (half.rank + 1) % 2) if half.rank == 0 else half.recv(source=0)
same = half.Dup()
same.barrier()
ring = world.Create_cart([2, 2], periods=[True, True])
ring.neighbor_allgather(rank)
row = ring.Sub([False, True])
row.bcast(1)
row.Free()
later, request = world.Idup()
request.wait()
later.barrier()
pair = world.Create_group(world.group.Incl([3, 1])) if rank in (1, 3) else None
if pair:
    pair.barrier()
world.Set_name('everybody')
`,
    )
    const told = ranks.map((r) => keyed(r, objectKinds.communicator))
    const [zero, one, two, three] = told.map((keys) => new Set(keys))
    const shared = (a: Set<string>, b: Set<string>) => [...a].filter((key) => b.has(key)).length
    // world, half, half/dup, cart, dup  |  world, cart, row, dup  |  world, cart, dup
    expect(zero!.size).toBe(6)
    expect(shared(zero!, two!)).toBe(5)
    expect(shared(zero!, one!)).toBe(4)
    expect(shared(zero!, three!)).toBe(3)
    expect(shared(one!, three!)).toBe(6)
    expect(told.flat()).not.toContain('')
    const named = (r: Rank, name: string) =>
      r.process.records.find((e) => e.kind === eventKinds.new && r.nameOf(e.object) === name)!.object
    expect(ranks[0]!.membersOf(named(ranks[0]!, 'world/split 0'))).toEqual([2, 0])
    expect(ranks[1]!.membersOf(named(ranks[1]!, 'world/group'))).toEqual([3, 1])
    expect(ranks[2]!.story(send)).toEqual(['send 2 → 0 tag 0 #1'])
    expect(ranks[0]!.story(receive)).toEqual(['receive 2 → 0 tag 0 #1'])
    expect(ranks[0]!.story(enter)).toEqual([
      'enter everybody create #1',
      'enter world/split 0 allreduce #1',
      'enter world/split 0 create #2',
      'enter world/split 0/dup barrier #1',
      'enter everybody create #2',
      'enter world/cart neighbor #1',
      'enter world/cart create #2',
      'enter world/cart/sub bcast as root #1',
      'enter world/cart/sub free #2',
      'enter everybody create #3',
      'enter world/dup barrier #1',
    ])
  })

  test('windows: whose memory is read and written, and by when', async () => {
    const { ranks } = await run(
      2,
      `
memory = array('i', [0] * 4)
win = MPI.Win.Create(memory, 4, comm=world)
win.Fence()
if rank == 0:
    win.Put(array('i', [1, 2]), 1)
win.Fence()
win.Lock(1 - rank)
win.Get(array('i', [0]), 1 - rank)
win.Unlock(1 - rank)
world.barrier()
win.Free()
`,
    )
    expect(ranks[0]!.story(access, enter, wait)).toEqual([
      'enter world create #1',
      'enter window world fence #1',
      'access window world #1',
      'enter window world fence #2',
      'wait for window world (collective)',
      'access window world #1',
      'wait for window world (collective)',
      'enter world barrier #2',
      'enter window world free #3',
    ])
    expect(keyed(ranks[0]!, objectKinds.window)).toEqual(keyed(ranks[1]!, objectKinds.window))
  })
})
