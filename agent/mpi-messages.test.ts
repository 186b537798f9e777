// Messages of mpi4py: the n-th that one rank says it sent is the n-th that the other says it received, whatever calls they
// went through. What the programs send has its own number in it, so that a wrong pair would be seen. With both MPIs.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags } from '../wire/kinds.ts'
import { pythonFor } from './test/python-with.ts'
import { mpiexec, ranksOf } from './test/ranks.ts'
import type { EventRecord } from './test/read-events.ts'

const { send, receive, wait, wake, enter, leave, refused } = eventKinds
const before = `
from mpi4py import MPI
world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()
`

describe.each(['mpi', 'openmpi'])('%s', async (name) => {
  const python = await pythonFor(name)
  const run = async (ranks: number, source: string) => {
    const started = await mpiexec(python, ranks, before + source)
    expect(started, started.err).toMatchObject({ status: 0 })
    return { ...started, ranks: ranksOf(started) }
  }

  test('each rank says which it is, of a group that is this run of mpiexec', async () => {
    const { ranks } = await run(2, '')
    const other = await run(1, '')
    expect(ranks.map((r) => r.rank)).toEqual([0, 1])
    expect(ranks[0]!.process.lines.find((l) => l.k === 'rank')).toMatchObject({ size: 2 })
    expect(ranks[1]!.group).toBe(ranks[0]!.group)
    expect(other.ranks[0]!.group).not.toBe(ranks[0]!.group)
  })

  test('blocking calls of objects and of buffers, each told once, at the line of the program', async () => {
    const source = `
if rank == 0:
    world.send('a', dest=1, tag=7)
    world.ssend('b', 1, 7)
    world.Send(bytearray(100), dest=1, tag=7)
    print(world.sendrecv('c', 1, 8, source=1, recvtag=9))
else:
    data = bytearray(100)
    print(world.recv(source=0, tag=7), world.recv(None, 0, 7))
    world.Recv(data, 0, 7)
    print(world.sendrecv('d', 0, 9, source=0, recvtag=8))
`
    const { ranks, out } = await run(2, source)
    expect(out.split('\n').sort()).toEqual(['', 'a b', 'c', 'd'])
    expect(ranks[0]!.story(send, receive, wait)).toEqual([
      'send 0 → 1 tag 7 #1',
      'send 0 → 1 tag 7 #2',
      'send 0 → 1 tag 7 #3',
      'send 0 → 1 tag 8 #1',
      'wait for 1 → 0 tag 9 (message)',
      'receive 1 → 0 tag 9 #1',
    ])
    expect(ranks[1]!.story(send, receive, wait)).toEqual([
      'wait for 0 → 1 tag 7 (message)',
      'receive 0 → 1 tag 7 #1',
      'wait for 0 → 1 tag 7 (message)',
      'receive 0 → 1 tag 7 #2',
      'wait for 0 → 1 tag 7 (message)',
      'receive 0 → 1 tag 7 #3',
      'send 1 → 0 tag 9 #1',
      'wait for 0 → 1 tag 8 (message)',
      'receive 0 → 1 tag 8 #1',
    ])
    const program = (before + source).split('\n')
    const lines = ranks[0]!.records(send).map((r) => program[ranks[0]!.line(r) - 1]!.trim())
    expect(lines).toEqual([
      "world.send('a', dest=1, tag=7)",
      "world.ssend('b', 1, 7)",
      'world.Send(bytearray(100), dest=1, tag=7)',
      "print(world.sendrecv('c', 1, 8, source=1, recvtag=9))",
    ])
    expect(ranks[1]!.records(receive)[2]).toMatchObject({ arg: 100 })
    // a blocking send is over, whatever it had waited for
    expect(ranks[0]!.records(wake)).toHaveLength(3)
    const [keys, others] = ranks.map((r) => new Set(r.records(send, receive).map(({ object }) => r.keyOf(object))))
    expect(keys).toEqual(others)
  })

  test('calls for buffers say with their own records that they give the GIL and have it again, whoever else wants it', async () => {
    const { ranks } = await run(
      2,
      `
import threading
over = threading.Event()
def count():
    while not over.is_set(): sum(range(500))
data, other = bytearray(100), 1 - rank
one, total = bytearray(4), bytearray(4)
lock = threading.Lock()
def add(a, b, _):
    with lock: b[0] = a[0] + b[0]
adds = MPI.Op.Create(add, commute=True)
def talk(times):
    for _ in range(times):
        world.Allreduce([one, MPI.INT], [total, MPI.INT], MPI.MAX)
        world.Allreduce([one, MPI.INT], [total, MPI.INT], adds)
        world.Barrier()
        if rank == 0: world.Send(data, other, 7); world.Recv(data, other); world.recv(source=other)
        else: world.Probe(other, 7); world.Recv(data, other, 7); world.Ssend(data, other); world.send(0, other)
talk(20)
counting = threading.Thread(target=count); counting.start()
talk(100)
over.set(); counting.join()
`,
    )
    const { gilTake, gilDrop, gilWait } = eventKinds
    const takes = ({ kind, flags: f }: EventRecord) =>
      kind === gilTake || ([wake, receive, leave].includes(kind as never) && f & flags.gil)
    const gives = ({ kind, flags: f }: EventRecord) =>
      kind === gilDrop || ([wait, send, enter].includes(kind as never) && f & flags.gil)
    for (const { process } of ranks) {
      // one thread has it at a time, and gives what it has
      let holder = 0
      const changes = process.records.filter((r) => takes(r) || gives(r))
      changes.sort((a, b) => Number(a.time - b.time) || Number(!gives(a)) - Number(!gives(b)))
      for (const r of changes) {
        expect([r.time, holder]).toEqual([r.time, gives(r) ? r.thread : 0])
        holder = gives(r) ? 0 : r.thread
      }
      // each call of the first twenty: nobody else wants it
      const counting = process.records.filter(({ kind }) => kind === eventKinds.threadBegin).at(-1)!
      const alone = process.records.filter((r) => r.time < counting.time && r.thread !== counting.thread)
      const first = alone.find((r) => [wait, send, enter].includes(r.kind as never))!
      const own = alone.filter((r) => r.time >= first.time).filter((r) => r.flags & flags.gil && (takes(r) || gives(r)))
      expect(own.filter(gives).length).toBeGreaterThanOrEqual(80)
      expect(own.filter(takes).length).toBeGreaterThanOrEqual(78) // but where a channel is told of first
      // and what the program itself does while MPI sums is told by itself
      expect(own.filter(({ kind }) => kind === enter)).toHaveLength(40)
      // one record has both ends of each
      expect(process.records.length - process.written).toBeGreaterThanOrEqual(78)
      expect(process.records.some(({ kind }) => kind === gilWait)).toBe(true)
    }
  })

  test('each call is understood by itself, though numbers and names are those of the calls before, or look like them', async () => {
    const { ranks, out } = await run(
      2,
      `
class Changing:
    value = 0
    def __index__(self): return self.value
    __int__ = __index__
changing, data, told = Changing(), bytearray(8), []
for turn in range(3):
    for tag in range(995, 1005):  # of each turn other objects, the same numbers
        changing.value = tag
        if rank == 0:
            world.Send(data, 1, tag)
            world.Send(data, 1, changing)
            world.Send(data, dest=1, tag=tag)
            world.Send(data, tag=tag, dest=1)
            world.Send(buf=data, dest=1, tag=tag)
            world.Send(data, 1, tag=changing)
            try: world.Send(data, 1, dest=1)
            except TypeError: told.append('no')
        else:
            status = MPI.Status()
            for _ in range(2):
                world.Recv(data, 0, tag)
                world.Recv(data, source=0, tag=changing, status=status)
                told.append(status.tag)
                world.Recv(status=None, tag=tag, source=0, buf=data)
print(len(told), flush=True)
`,
    )
    expect(out.trim().split('\n').sort()).toEqual(['30', '60'])
    const turns = (word: string) =>
      [0, 1, 2].flatMap((turn) =>
        Array.from({ length: 10 }, (_, i) =>
          Array.from({ length: 6 }, (_, n) => `${word} 0 → 1 tag ${995 + i} #${turn * 6 + n + 1}`),
        ).flat(),
      )
    expect(ranks[0]!.story(send)).toEqual(turns('send'))
    expect(ranks[1]!.story(receive)).toEqual(turns('receive'))
  })

  test('a receive of any source gets the number of the message that it took', async () => {
    const { ranks, out } = await run(
      3,
      `
if rank == 0:
    for _ in range(8):
        status = MPI.Status()
        n = world.recv(status=status)
        print(status.Get_source(), status.Get_tag(), n)
else:
    for n in range(4):
        world.send(n // 2 + 1, dest=0, tag=n % 2)
`,
    )
    const told = ranks[0]!.story(receive)
    expect(told).toEqual(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/(\d) (\d) (\d)/, 'receive $1 → 0 tag $2 #$3')),
    )
    expect(ranks[0]!.story(wait).every((line) => line === 'wait for anything (message)')).toBe(true)
  })

  test('receives that were posted before take their messages in that order, in whatever order they are waited for', async () => {
    const { ranks, out } = await run(
      2,
      `
if rank == 0:
    posted = [world.irecv(source=1, tag=5), world.irecv(tag=5), world.irecv(source=1, tag=5), world.irecv(source=1, tag=6)]
    world.send('go', 1)
    print(posted[3].wait(), posted[2].wait(), *MPI.Request.waitall(posted[:2]))
else:
    world.recv(source=0)
    for n in 1, 2, 3:
        world.send(n, 0, 5)
    world.send(1, 0, 6)
`,
    )
    expect(out).toBe('1 3 1 2\n')
    expect(ranks[0]!.story(receive)).toEqual([
      'receive 1 → 0 tag 6 #1',
      // one that could have been passed over for this one was not over then
      'receive 1 → 0 tag 5 #?',
      'receive 1 → 0 tag 5 #1',
      'receive 1 → 0 tag 5 #2',
    ])
  })

  test('waits and tests of requests: a receive for each that is over, and a try that found none', async () => {
    const { ranks } = await run(
      2,
      `
from array import array
if rank == 0:
    early = world.irecv(source=1, tag=1)
    assert early.test() == (False, None)
    world.send('go', 1)
    early.wait()
    data = [array('i', [0]) for _ in range(3)]
    requests = [world.Irecv(data[n], 1, 2) for n in range(3)]
    left = 3
    while left:
        left -= len(MPI.Request.Waitsome(requests))
    assert [d[0] for d in data] == [1, 2, 3]
    prepared = world.Recv_init(data[0], 1, 3)
    for n in 4, 5:
        prepared.Start()
        prepared.Wait()
        assert data[0][0] == n
    assert world.mprobe(source=1, tag=4).recv() == 'found'
    index, message = MPI.Request.waitany([world.irecv(source=1, tag=9), world.irecv(source=1, tag=8)])
    assert (index, message) == (1, 'second')
else:
    world.recv(source=0)
    world.isend('x', 0, 1).wait()
    sent = [world.Isend(array('i', [n]), 0, 2) for n in (1, 2, 3)]
    MPI.Request.Waitall(sent)
    prepared = world.Send_init(array('i', [4]), 0, 3)
    prepared.Start()
    prepared.Wait()
    world.Send(array('i', [5]), 0, 3)
    world.send('found', 0, 4)
    world.send('second', 0, 8)
`,
    )
    const told = ranks[0]!.story(receive)
    expect(told[0]).toBe('receive 1 → 0 tag 1 #1')
    expect(told.slice(1, 4).sort()).toEqual([1, 2, 3].map((n) => `receive 1 → 0 tag 2 #${n}`))
    expect(told.slice(4)).toEqual([
      'receive 1 → 0 tag 3 #1',
      'receive 1 → 0 tag 3 #2',
      'receive 1 → 0 tag 4 #1',
      'receive 1 → 0 tag 8 #1',
    ])
    expect(ranks[0]!.story(refused)).toEqual(['refused 1 → 0 tag 1'])
    expect(ranks[1]!.story(send)).toEqual([
      'send 1 → 0 tag 1 #1',
      ...[1, 2, 3].map((n) => `send 1 → 0 tag 2 #${n}`),
      'send 1 → 0 tag 3 #1',
      'send 1 → 0 tag 3 #2',
      'send 1 → 0 tag 4 #1',
      'send 1 → 0 tag 8 #1',
    ])
  })

  test('what goes wrong takes no number, and raises as before', async () => {
    const source = `
if rank == 0:
    for wrong in (lambda: world.send(lambda: 0, 1), lambda: world.send(1, 99), lambda: world.send(1, 'x'), lambda: world.send()):
        try:
            wrong()
        except Exception as e:
            print(type(e).__name__)
    world.send(1, 1)
    world.send(None, MPI.PROC_NULL)
    world.Send(bytearray(9), 1, 1)
    world.send(2, 1, 1)
else:
    world.recv(source=0, tag=0)
    try:
        world.Recv(bytearray(3), 0, 1)
    except MPI.Exception as e:
        print(e.Get_error_class() == MPI.ERR_TRUNCATE)
    print(world.recv(source=0, tag=1))
`
    const { ranks, out } = await run(2, source)
    const plain = await mpiexec(python, 2, before + source, { recorded: false })
    expect(out.split('\n').sort()).toEqual(plain.out.split('\n').sort())
    expect(ranks[0]!.story(send).at(-1)).toBe('send 0 → 1 tag 1 #2')
    expect(ranks[1]!.story(receive)).toEqual([
      'receive 0 → 1 tag 0 #1',
      'receive 0 → 1 tag 1 #1',
      'receive 0 → 1 tag 1 #2',
    ])
  })
})
