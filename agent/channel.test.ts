// Pipes and connections between processes: the n-th message written is the n-th read, under names that both ends find,
// and no arrow where that cannot be known. Programs print who sent what they got, so that a wrong pair fails.
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../wire/kinds.ts'
import { Messages } from './test/messages.ts'
import { pythons, record, type Recorded } from './test/run-python.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string): Recorded => {
    const ran = record(python, source)
    expect({ err: ran.err, status: ran.status }).toEqual({ err: '', status: 0 })
    return ran
  }
  const waits = (ran: Recorded, reason: number) =>
    ran.processes.flatMap((p) => p.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reason))
  /** Every pair of the recording, whatever its channel is called. */
  const pairs = (ran: Recorded) => {
    const ends = new Map<string, { sent: number[]; received: number[] }>()
    for (const p of ran.processes)
      for (const line of p.lines) {
        if (line.k !== 'shared') continue
        const end = ends.get(line.key) ?? { sent: [], received: [] }
        ends.set(line.key, end)
        for (const r of p.records) {
          if (r.object !== line.object || r.seq === 0) continue
          if (r.kind === eventKinds.send) end.sent[r.seq] = r.arg
          if (r.kind === eventKinds.receive) end.received[r.seq] = r.arg
        }
      }
    return ends
  }

  test.each(['fork', 'forkserver', 'spawn'])('%s: a duplex Pipe and a simplex one', (how) => {
    const ran = run(`
import multiprocessing
def answer(conn, log):
    log.send_bytes(b'began')
    while (n := conn.recv()) is not None:
        conn.send(n + 1)
        log.send_bytes(bytes(n), 0, n)

if __name__ == '__main__':
    ctx = multiprocessing.get_context('${how}')
    ours, theirs = ctx.Pipe()
    log, writer = ctx.Pipe(False)
    child = ctx.Process(target=answer, args=(theirs, writer))
    child.start()
    print(log.recv_bytes())
    for n in (3, 50000):
        ours.send(n)
        print(ours.recv())
        print(log.recv_bytes_into(bytearray(n)))
    ours.send(None)
    child.join()
`)
    expect(ran.out).toBe("b'began'\n4\n3\n50001\n50000\n")
    const told = new Messages(ran)
    expect(told.arrows('ours')).toEqual(Array(3).fill('<module> → answer'))
    expect(told.arrows('theirs')).toEqual(Array(2).fill('answer → <module>'))
    const log = told.of('log')
    expect(log.map((m) => `${m.from} → ${m.to}`)).toEqual(Array(3).fill('answer → <module>'))
    expect(log.map((m) => m.bytes)).toEqual([5, 3, 50000].map((n) => ({ sent: n, received: n })))
  })

  test('a reader waits for a message, poll for as long as it is let, a writer for room', () => {
    const ran = run(`
import multiprocessing, threading, until
ctx = multiprocessing.get_context('fork')
out, into = ctx.Pipe(False)
reader = threading.Thread(target=out.recv)
reader.start()
until.waits(1)
into.send('a')
reader.join()
before = until.count()
print(out.poll(), out.poll(0.001), until.count() - before)
writer = threading.Thread(target=into.send_bytes, args=(bytes(100000),))
before = until.count()
writer.start()
until.waits(before + 1)
print(len(out.recv_bytes()))
writer.join()
`)
    expect(ran.out).toBe('False False 1\n100000\n')
    const told = new Messages(ran)
    const waited = told.records(eventKinds.wait, 'out').map(({ r }) => r.flags & 0xff)
    expect(waited.slice(0, 3)).toEqual([reasons.message, reasons.message, reasons.message])
    expect(told.records(eventKinds.wake, 'out').filter(({ r }) => (r.flags & 0xff) === 1)).toHaveLength(1)
    expect(told.of('out').map((m) => m.bytes.received)).toEqual([told.of('out')[0]!.bytes.sent, 100000])
  })

  test('a reader that is killed while it waits leaves the pipe to the next one', () => {
    const ran = run(`
import multiprocessing, threading, until
ctx = multiprocessing.get_context('fork')
out, into = ctx.Pipe(False)
def waits(conn, ready):
    def tell():
        until.waits(1)
        ready.send(0)

    threading.Thread(target=tell, daemon=True).start()
    conn.recv()

def next_one(conn): conn.recv()

ready, tell = ctx.Pipe(False)
first = ctx.Process(target=waits, args=(out, tell))
first.start()
ready.recv()
first.kill()
first.join()
second = ctx.Process(target=next_one, args=(out,))
second.start()
into.send('x')
second.join()
`)
    expect(new Messages(ran).arrows('out')).toEqual(['<module> → next_one'])
  })

  test('two that write to one end without a lock: whatever arrow is drawn is right', () => {
    const ran = run(`
import multiprocessing
ctx = multiprocessing.get_context('fork')
out, into = ctx.Pipe(False)
def one(conn):
    for _ in range(300): conn.send_bytes(b'one')

def two(conn):
    for _ in range(300): conn.send_bytes(b'two')

writers = [ctx.Process(target=f, args=(into,)) for f in (one, two)]
for w in writers: w.start()
names = []
for _ in range(600): names.append(out.recv_bytes().decode())
print(*names)
for w in writers: w.join()
`)
    const names = ran.out.trim().split(' ')
    const messages = new Messages(ran).of('out').filter((m) => m.from && m.to)
    for (const m of messages) expect(`${m.number}: ${m.from}`).toBe(`${m.number}: ${names[m.number - 1]}`)
  })

  test('a process that is not recorded, on a pipe of those that are, is noticed and ends its arrows', () => {
    const ran = run(`
import multiprocessing, subprocess, sys, threading, until
from multiprocessing import connection
def unrecorded(conn, work):
    code = f"from multiprocessing.connection import Connection; conn = Connection({conn.fileno()}{work}"
    subprocess.run([sys.executable, '-I', '-c', code], pass_fds=[conn.fileno()], check=True)

out, into = multiprocessing.Pipe(False)
into.send_bytes(b'ours')
print(out.recv_bytes())
unrecorded(into, ", False); conn.send_bytes(b'them')")
into.send_bytes(b'ours')
print(out.recv_bytes(), out.recv_bytes())
into.send_bytes(b'ours')
print(out.recv_bytes())

rest, put = multiprocessing.Pipe(False)
put.send_bytes(b'ours')
unrecorded(rest, ", True, False); conn.recv_bytes()")
reader = threading.Thread(target=rest.recv_bytes)
before = until.count()
reader.start()
until.waits(before + 1)
put.send_bytes(b'next')
reader.join()
`)
    expect(ran.out).toBe("b'ours'\nb'them' b'ours'\nb'ours'\n")
    const told = new Messages(ran)
    const paired = (name: string) => told.of(name).filter((m) => m.from && m.bytes.received)
    // known and open: until a message too many comes out, what an unrecorded writer sent is taken for ours
    expect(paired('out').map((m) => m.number)).toEqual([1, 2])
    expect(paired('rest')).toEqual([])
  })

  test('a connection sent through a connection keeps its name', () => {
    const ran = run(`
import multiprocessing
def use(ours): ours.recv().send('hello')

if __name__ == '__main__':
    ctx = multiprocessing.get_context('spawn')
    way, there = ctx.Pipe()
    out, into = ctx.Pipe(False)
    child = ctx.Process(target=use, args=(there,))
    child.start()
    way.send(into)
    print(out.recv())
    child.join()
`)
    expect(ran.out).toBe('hello\n')
    expect(new Messages(ran).arrows('out')).toEqual(['use → <module>'])
  })

  test('Listener and Client: by address, by challenge, and without a name when there is neither', () => {
    const ran = run(`
import multiprocessing, os, tempfile
from multiprocessing.connection import Client, Listener
ctx = multiprocessing.get_context('fork')
folder = tempfile.mkdtemp()
def serve(listener, key):
    for _ in range(2):
        with listener.accept() as conn:
            conn.send(len(conn.recv()))

for address, key in ((('127.0.0.1', 0), None), (('127.0.0.1', 0), b'k'), (folder + '/a', b'k'), (folder + '/b', None)):
    with Listener(address, authkey=key) as listener:
        server = ctx.Process(target=serve, args=(listener, key))
        server.start()
        for text in ('abc', 'abcdef'):
            with Client(listener.address, authkey=key) as conn:
                conn.send(text)
                print(conn.recv(), end=' ')
        server.join()
`)
    expect(ran.out).toBe('3 6 '.repeat(4))
    const ends = [...pairs(ran)]
    const kinds = ends.map(([key]) => key.split(':')[0]!)
    expect([kinds.filter((kind) => kind === 'tcp').length, kinds.filter((kind) => kind === 'auth').length]).toEqual([
      4, 8,
    ])
    for (const [key, { sent, received }] of ends) expect({ key, sent }).toEqual({ key, sent: received })
    const nameless = ran.processes.flatMap((p) => p.records.filter((r) => r.kind === eventKinds.send && r.seq === 0))
    expect(nameless).toHaveLength(4)
    expect(waits(ran, reasons.message).length).toBeGreaterThan(0)
  })

  test.each(['fork', 'spawn'])('%s: the proxies of a Manager and its server', (how) => {
    const ran = run(`
import multiprocessing
def fill(numbers, names):
    for n in range(3):
        numbers[n] = n * n
        names.append('x' * 100 * n)

if __name__ == '__main__':
    ctx = multiprocessing.get_context('${how}')
    with ctx.Manager() as manager:
        numbers, names = manager.dict(), manager.list()
        child = ctx.Process(target=fill, args=(numbers, names))
        child.start()
        child.join()
        print(dict(numbers), *[len(name) for name in names], len(numbers))
`)
    expect(ran.out).toBe('{0: 0, 1: 1, 2: 4} 0 100 200 3\n')
    let messages = 0
    for (const [key, { sent, received }] of pairs(ran)) {
      if (!key.startsWith('auth:')) continue
      // the server answers a `shutdown` twice
      expect({ key, sent: sent.slice(0, received.length) }).toEqual({ key, sent: received })
      messages += sent.length - 1
    }
    expect(messages).toBeGreaterThan(40)
    // at the program's lines, through the proxies' own
    const lines = ran.processes.flatMap((p) =>
      p.records.filter((r) => r.kind === eventKinds.send && p.sites.get(r.site)?.func === 'fill'),
    )
    expect(lines.length).toBeGreaterThanOrEqual(6)
  })

  test('a pipe that the library makes for itself is marked so', () => {
    const ran = run(`
import multiprocessing
ctx = multiprocessing.get_context('fork')
ours, theirs = ctx.Pipe()
with ctx.Manager() as manager: pass
`)
    const made = ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 0xff) === objectKinds.pipe)
    expect(made.filter((r) => !(r.flags & 0x800))).toHaveLength(2)
    expect(made.filter((r) => r.flags & 0x800).length).toBeGreaterThan(0)
  })

  test('a message that comes in pieces is one message, and one that breaks off is none', () => {
    const ran = run(`
import multiprocessing, os, threading
out, into = multiprocessing.Pipe(False)
def write(*pieces):
    for piece in pieces:
        wanted.acquire()
        os.write(into.fileno(), piece)
    return None
for pieces in [(b'\\0\\0\\0\\5', b'hello'), (b'\\0\\0', b'\\0\\5he', b'llo'), (b'\\0\\0\\0\\5he', b'l', b'lo')]:
    wanted = threading.Semaphore(1)
    writer = threading.Thread(target=write, args=pieces)
    writer.start()
    for piece in pieces[1:]:
        wanted.release()
    print(out.recv_bytes())
    writer.join()
for text in [b'', b'a', b'hello' * 1000, b'x' * 16384]:
    into.send_bytes(text)
    print(out.recv_bytes() == text)
into.send_bytes(b'before')
os.write(into.fileno(), b'\\0\\0\\0\\5he')
into.close()
print(out.recv_bytes())
try: out.recv_bytes()
except OSError as error: print(type(error).__name__, error)
out, into = multiprocessing.Pipe(False)
os.write(into.fileno(), b'\\0\\0\\0\\5')
into.close()
try: out.recv_bytes()
except EOFError as error: print('end', error)
`)
    expect(ran.out).toBe(
      `${"b'hello'\n".repeat(3)}${'True\n'.repeat(4)}b'before'\nOSError got end of file during message\nend \n`,
    )
    // those that another hand wrote are told without a number, and so is all that comes after one
    const received = ran.first.records.filter((r) => r.kind === eventKinds.receive)
    expect(received.map((r) => [r.seq, r.arg])).toEqual([5, 5, 5, 0, 1, 5000, 16384, 6].map((bytes) => [0, bytes]))
  })

  test('the end of a pipe, a closed one, a signal while waiting: as without us', () => {
    const ran = run(`
import multiprocessing, os, signal, threading
from multiprocessing import connection
out, into = multiprocessing.Pipe(False)
try: into.recv()
except OSError as error: print(error)
try: out.send(1)
except OSError as error: print(error)
into.close()
try: out.recv()
except EOFError as error: print('end', error)
out.close()
try: out.recv()
except OSError as error: print(error)
out, into = multiprocessing.Pipe(False)
into.send_bytes(b'long')
try: out.recv_bytes(2)
except OSError as error: print(error)
out, into = multiprocessing.Pipe(False)
def interrupt(number, frame): raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try: out.recv()
except KeyboardInterrupt: print('interrupted')
signal.signal(signal.SIGALRM, lambda number, frame: into.send('by the handler'))
signal.setitimer(signal.ITIMER_REAL, 0.05)
print(out.recv())
print(connection.wait([out], 0), connection.wait(iter([out]), 0.001), connection.wait([]) if 0 else '')
os.set_blocking(out.fileno(), False)
try: out.recv()
except BlockingIOError: print('would block')
`)
    expect(ran.out.split('\n')).toEqual([
      'connection is write-only',
      'connection is read-only',
      'end ',
      'handle is closed',
      'bad message length',
      'interrupted',
      'by the handler',
      '[] [] ',
      'would block',
      '',
    ])
  })
})
