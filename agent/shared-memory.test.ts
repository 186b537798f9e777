// Shared memory: one block under its name in several processes, made, attached to, let go, and its name removed.
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { Messages } from './test/messages.ts'
import { pythons, record } from './test/run-python.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  test.each(['fork', 'spawn'])('%s: two processes hold a block; a name that comes again is another block', (how) => {
    const ran = record(
      python,
      `
import multiprocessing
from multiprocessing import shared_memory
def write(name):
    block = shared_memory.SharedMemory(name)
    block.buf[0] = 7
    block.close()

if __name__ == '__main__':
    ctx = multiprocessing.get_context('${how}')
    first = shared_memory.SharedMemory(create=True, size=5000)
    child = ctx.Process(target=write, args=(first.name,))
    child.start()
    child.join()
    print(first.buf[0])
    first.close()
    first.close()
    first.unlink()
    second = shared_memory.SharedMemory(first.name, True, 1)
    second.unlink()
    second.close()
    names = shared_memory.ShareableList(['a', 'b'])
    print(*names)
    names.shm.close()
    names.shm.unlink()
`,
    )
    expect({ out: ran.out, err: ran.err }).toEqual({ out: '7\na b\n', err: '' })
    const told = new Messages(ran)
    const kinds = [eventKinds.new, eventKinds.acquire, eventKinds.release, eventKinds.unlink]
    const of = (name: string) =>
      kinds
        .flatMap((kind) => told.records(kind, name))
        .sort((a, b) => a.r.seq - b.r.seq)
        .map(({ r, process, func }) => {
          const kind = Object.entries(eventKinds).find(([, k]) => k === r.kind)![0]
          return `${r.seq} ${kind} by ${process === ran.first ? 'parent' : 'child'}${func && ` in ${func}`}`
        })
    expect(of('first')).toEqual([
      '1 new by parent in <module>',
      '2 acquire by parent in <module>',
      '3 acquire by child in write',
      '4 release by child',
      '5 release by parent',
      '6 unlink by parent in <module>',
    ])
    expect(told.records(eventKinds.new, 'first')[0]!.r.arg).toBe(5)
    expect(of('second')).toEqual([
      '1 new by parent in <module>',
      '2 acquire by parent in <module>',
      '3 unlink by parent in <module>',
      '4 release by parent',
    ])
    expect(of('names')).toEqual([
      '1 new by parent in <module>',
      '2 acquire by parent in <module>',
      '3 release by parent',
      '4 unlink by parent in <module>',
    ])
  })
})
