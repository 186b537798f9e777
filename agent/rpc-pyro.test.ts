// Pyro5 and Pyro4, for real: a server in a process of its own, on a free port of loopback. What becomes of each call, who waits
// meanwhile and for what, and that a program sees nothing of us.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags as recordFlags, reasons } from '../wire/kinds.ts'
import { callsOf, madeIn, nameOf, waitsFor } from './test/calls.ts'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded } from './test/run-python.ts'

const python = await pythonFor('rpc')
const flags = ['-W', 'ignore'] // Pyro4 is of 2017

/** The program is its server too: `program.py serve` says its URI and serves until its stdin ends. */
const program = (version: string, served: string, caller: string, settings = '') => `
import os, subprocess, sys, threading
import ${version === 'Pyro5' ? 'Pyro5.api as Pyro, Pyro5.errors as errors' : 'Pyro4 as Pyro, Pyro4.errors as errors'}
${settings.replaceAll('config', 'Pyro.config')}
${served.trim()}

def serve(*classes):
    daemon = Pyro.Daemon(host='localhost')
    print(*[daemon.register(each) for each in classes], flush=True)
    threading.Thread(target=daemon.requestLoop, name='accept', daemon=True).start()
    sys.stdin.read()
    [thread.join() for thread in threading.enumerate() if thread.name == 'oneway-call']

class Server:
    environment = None
    def __enter__(self):
        command = [sys.executable, '-W', 'ignore', __file__, 'serve']
        self.process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=self.environment)
        return self.process.stdout.readline().split()
    def __exit__(self, *raised):
        self.process.stdin.close()
        self.process.wait()

def main():
    ${caller.trim().replaceAll('\n', '\n    ')}

if __name__ == '__main__':
    serve(*served) if sys.argv[1:] == ['serve'] else main()
`

const calculator = `
@Pyro.expose
class Calculator:
    def add(self, a, b):
        return a + b
    def fail(self):
        raise ValueError('no')
    @property
    def size(self):
        return 7
    def count(self):
        yield 1
    @Pyro.oneway
    def hear(self, text):
        heard.set()
    def wait(self):
        return heard.wait()
heard = threading.Event()
served = [Calculator]
`

describe.each(['Pyro5', 'Pyro4'])('%s', (version) => {
  const run = (served: string, caller: string, settings?: string) => {
    const ran = record(python, program(version, served, caller, settings), { flags })
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.processes.flatMap((p) => p.lines.filter((line) => line.k === 'note'))).toEqual([])
    return {
      ...ran,
      server: ran.processes[1]!,
      line: (text: string) => ran.source.split('\n').findIndex((l) => l.includes(text)) + 1,
    }
  }

  test('every form of a call: submitted by the caller, begun and ended in the server, its result back', () => {
    const ran = run(
      calculator,
      `
with Server() as [uri], Pyro.Proxy(uri) as calc:
    print(calc.add(1, b=2), calc.size)
    try: calc.fail()
    except ValueError as error: print(repr(error))
    print(list(calc.count()))
    calc.hear('!')
    print(calc.wait())
    batch = ${version === 'Pyro5' ? 'Pyro.BatchProxy(calc)' : 'Pyro.batch(calc)'}
    batch.add(1, 1)
    batch.add(2, 2)
    print(list(batch()))
    try: calc._pyroInvoke('nothing', (), {})
    except AttributeError as error: print(type(error).__name__)
`,
    )
    expect(ran.out).toBe("3 7\nValueError('no')\n[1]\nTrue\n[2, 4]\nAttributeError\n")
    const at = (text: string) => `submit at ${ran.line(text)}`
    const begin = (name: string) => `begin ${name}:${ran.line(`def ${name.split('.')[1]}(`)}`
    const of = (name: string) => (name.endsWith('size') || name.endsWith('hear') ? -1 : 0)
    const begun = (name: string) => begin(name).replace(/\d+$/, (line) => String(Number(line) + of(name)))
    const calls = callsOf(ran.processes)
    const stories = calls.map((call) => call.story)
    const next = 'DaemonObject.get_next_stream_item'
    expect(stories.filter((story) => !story.includes('hear'))).toEqual([
      `Calculator.add: ${at('print(calc.add')}, ${begun('Calculator.add')}, end done, result done`,
      `Calculator.size: ${at('print(calc.add')}, ${begun('Calculator.size')}, end done, result done`,
      `Calculator.fail: ${at('try: calc.fail')}, ${begun('Calculator.fail')}, end raised, result raised`,
      `Calculator.count: ${at('print(list(calc')}, ${begun('Calculator.count')}, end done, result done`,
      `${next}: ${at('print(list(calc')}, begin, end done, result done`,
      `${next}: ${at('print(list(calc')}, begin, end done, result done`,
      `Calculator.wait: ${at('print(calc.wait')}, ${begun('Calculator.wait')}, end done, result done`,
      `Calculator: a batch: ${at('print(list(batch')}, ${begun('Calculator.add')}, end done, result done`,
      `unknown: ${at("calc._pyroInvoke('nothing'")}, begin, end raised, result raised`,
    ])
    // nobody waits for it: its end may come after other calls
    expect(stories.filter((story) => story.includes('hear'))).toEqual([
      `Calculator.hear: ${at("calc.hear('!')")}, ${begun('Calculator.hear')}, end done`,
    ])
    expect(calls.map((call) => call.ignored)).toEqual(calls.map((call) => call.name === 'Calculator.hear'))
    expect(calls.every((call) => call.bytes > 80 && call.parent === '')).toBe(true)
    for (const call of calls) expect(call.events.at(-1)!.process === ran.server).toBe(call.name === 'Calculator.hear')
  })

  test('who calls waits for the server; workers without a call wait for one; locks of the library are not in the picture', () => {
    const ran = run(
      calculator,
      `with Server() as [uri], Pyro.Proxy(uri) as calc: print(calc.add(1, 2), calc.add(3, 4))`,
    )
    const [pool] = ran.server.records.filter(
      (r) => r.kind === eventKinds.new && nameOf(ran.server, r.object) === 'Calculator',
    )
    expect(pool!.arg).toBe(version === 'Pyro5' ? 80 : 40)
    const mine = waitsFor(ran.first, 'future')
    expect(mine).toEqual(Array(2).fill(['MainThread', ran.line('with Server() as [uri], '), mine[0]![2]]))
    const workers = waitsFor(ran.server, 'queueGet')
    expect(workers.every(([name, , object]) => name.startsWith('Pyro-Worker') && object === pool!.object)).toBe(true)
    expect(madeIn(ran.server).filter((made) => !made.startsWith('rlock'))).toEqual([
      expect.stringMatching(/^event \d+$/), // the program's
      `pool Calculator (${pool!.arg})`,
    ])
  })

  test('objects in a chain: each call is made while the one before is served', () => {
    const ran = run(
      `
class Link:
    def __init__(self, next): self.next = next
    @Pyro.expose
    def pass_on(self, names):
        if not self.next: return names + ['end']
        with Pyro.Proxy(self.next) as proxy: return proxy.pass_on(names + ['on'])
`,
      `
daemons = [Pyro.Daemon(host='localhost') for _ in range(3)]
uri = None
for daemon in daemons:
    uri = daemon.register(Link(uri))
    threading.Thread(target=daemon.requestLoop, daemon=True).start()
with Pyro.Proxy(uri) as first: print(first.pass_on([]))
`,
    )
    expect(ran.out).toBe("['on', 'on', 'end']\n")
    const calls = callsOf(ran.processes)
    expect(calls.map((call) => call.name)).toEqual(Array(3).fill('Link.pass_on'))
    expect(calls.map((call) => call.parent)).toEqual(['', calls[0]!.id, calls[1]!.id])
    const actors = calls.map((call) => call.events.map((e) => e.record.thread))
    for (const [submits, begins, ends, fetches] of actors) expect([begins, submits]).toEqual([ends, fetches])
    expect(actors[1]![0]).toBe(actors[0]![1])
    expect(actors[2]![0]).toBe(actors[1]![1])
  })

  test('a connection that all threads are too busy for is refused on the server', () => {
    const ran = run(
      calculator,
      `
with Server() as [uri], Pyro.Proxy(uri) as calc, Pyro.Proxy(uri) as other:
    calc.add(1, 2)
    try: other.add(1, 2)
    except errors.CommunicationError as error: print('no free workers' in str(error))
`,
      'config.THREADPOOL_SIZE = config.THREADPOOL_SIZE_MIN = 1',
    )
    expect(ran.out).toBe('True\n')
    const refused = ran.server.records.filter((r) => r.kind === eventKinds.refused)
    expect(refused.map((r) => [nameOf(ran.server, r.thread), nameOf(ran.server, r.object)])).toEqual([
      ['accept', 'Calculator'],
    ])
    expect(callsOf(ran.processes).map((call) => call.name)).toEqual(['Calculator.add'])
  })

  test('a call that the caller gives up after a time; a server that is not recorded is called by its address', () => {
    const ran = run(
      calculator,
      `
Server.environment = {name: value for name, value in os.environ.items() if not name.startswith('INTERLEAVE_')}
with Server() as [uri], Pyro.Proxy(uri) as calc:
    print(calc.add(1, 2))
    calc._pyroTimeout = 0.01
    try: calc.wait()
    except errors.TimeoutError: print('late')
`,
    )
    expect(ran.out).toBe('3\nlate\n')
    expect(ran.processes.length).toBe(1)
    expect(callsOf(ran.processes).map((call) => call.story)).toEqual([
      `add: submit at ${ran.line('print(calc.add')}, result done`,
      `wait: submit at ${ran.line('try: calc.wait')}, result timedOut`,
    ])
    expect(madeIn(ran.first).filter((made) => made.startsWith('pool'))).toEqual([
      expect.stringMatching(/^pool 127\.0\.0\.1:\d+$/),
    ])
    const waits = ran.first.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reasons.future)
    expect(waits.map((r) => (r.flags & recordFlags.timed) > 0)).toEqual([false, true])
  })

  test('a multiplexing server serves one call at a time, in the thread that waits for all', () => {
    const ran = run(
      calculator,
      `with Server() as [uri], Pyro.Proxy(uri) as calc, Pyro.Proxy(uri) as other: print(calc.add(1, 2), other.add(3, 4))`,
      "config.SERVERTYPE = 'multiplex'",
    )
    const [pool] = ran.server.records.filter(
      (r) => r.kind === eventKinds.new && nameOf(ran.server, r.object) === 'Calculator',
    )
    expect(pool!.arg).toBe(1)
    const served = callsOf(ran.processes).map((call) => call.events.map((e) => nameOf(e.process, e.record.thread)))
    expect(served).toEqual(Array(2).fill(['MainThread', 'accept', 'accept', 'MainThread']))
    const waits = waitsFor(ran.first, 'future')
    expect(waits.length).toBe(2)
    expect(new Set(waits.map(([, , object]) => object)).size).toBe(1)
  })

  test('a server that dies in the middle of a call: the caller gets no result, and its own exception', () => {
    const ran = run(
      `
class Bomb:
    @Pyro.expose
    def go(self):
        import os
        os._exit(3)
served = [Bomb]
`,
      `
with Server() as [uri], Pyro.Proxy(uri) as bomb:
    try: bomb.go()
    except errors.ConnectionClosedError: print('closed')
    try: bomb.go()
    except errors.CommunicationError: print('nobody there')
`,
    )
    expect(ran.out).toBe('closed\nnobody there\n')
    const line = ran.line('try: bomb.go()')
    expect(callsOf(ran.processes).map((call) => call.story)).toEqual([
      `Bomb.go: submit at ${line}, begin Bomb.go:${ran.line('def go') - 1}, result raised`,
    ])
    const open = ran.first.records.reduce(
      (n, r) => n + Number(r.kind === eventKinds.wait) - Number(r.kind === eventKinds.wake),
      0,
    )
    expect(open).toBe(0)
  })

  test('a program sees nothing of us', () => {
    const source = program(
      version,
      calculator,
      `
import copy, inspect, pickle, traceback
with Server() as [uri], Pyro.Proxy(uri) as calc:
    print(Pyro.Proxy._pyroInvoke.__name__, inspect.signature(Pyro.Proxy._pyroInvoke), inspect.signature(Pyro.Daemon.register))
    try: calc.fail()
    except ValueError as error:
        print(traceback.format_exc())
        print(''.join(error._pyroTraceback))
    print(pickle.loads(pickle.dumps(calc)) == calc, copy.copy(calc).add(1, 1), sorted(vars(calc._pyroConnection)))
    try: calc.add(1)
    except TypeError as error: print(error)
    try: calc.absent()
    except AttributeError as error: print(str(error).replace(str(uri), ''))
    try: Pyro.Proxy('PYRO:nobody@localhost:1').x()
    except errors.CommunicationError as error: print(error)
`,
    )
    const clean = (text: string) => text.replace(/\/tmp\/interleave-agent-\w+/g, '').replace(/\d{5}/g, 'port')
    const ran = record(python, source, { flags })
    const before = unrecorded(python, source, { flags })
    expect(ran.err).toBe(before.err)
    expect(clean(ran.out)).toBe(clean(before.out))
    expect(clean(ran.out)).toContain('ValueError: no')
  })
})

test('Pyro4: a call in the background is made by a thread of its own, and waited for as a future', () => {
  const source = program(
    'Pyro4',
    calculator,
    `
with Server() as [uri]:
    later = Pyro.Proxy(uri)
    Pyro.asyncproxy(later)
    answer = later.wait()
    with Pyro.Proxy(uri) as calc: calc.hear('!')
    print(answer.value)
`,
  )
  const ran = record(python, source, { flags })
  expect([ran.err, ran.out]).toEqual(['', 'True\n'])
  const [call] = callsOf(ran.processes).filter((each) => each.name === 'Calculator.wait')
  expect(call!.story).toMatch(/^Calculator.wait: submit at \?, begin .*, end done, result done$/)
  expect(call!.events[0]!.record.thread).toBe(call!.events[3]!.record.thread)
  expect(call!.events[0]!.record.thread).not.toBe(ran.first.about.mainThread)
})
