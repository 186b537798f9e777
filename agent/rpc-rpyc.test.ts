// RPyC, for real: a server in a process of its own, on a free port of loopback. What becomes of each request in both
// directions, who waits meanwhile, and that a program sees nothing of us.
import { expect, test } from 'vitest'
import { eventKinds, flags as recordFlags } from '../wire/kinds.ts'
import { callsOf, madeIn, nameOf, waitsFor } from './test/calls.ts'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded } from './test/run-python.ts'

const python = await pythonFor('rpc')
const flags = ['-W', 'ignore']

/** The program is its server too: `program.py serve` says its port and serves until its stdin ends. */
const program = (served: string, caller: string, server = 'ThreadedServer') => `
import subprocess, sys, threading
import rpyc
from rpyc.utils.server import ThreadedServer, ThreadPoolServer
${served.trim()}

def serve():
    server = ${server}(CalculatorService, hostname='localhost', port=0${server === 'ThreadPoolServer' ? ', nbThreads=2' : ''})
    server._start_in_thread()
    print(server.port, flush=True)
    sys.stdin.read()

class Server:
    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, '-W', 'ignore', __file__, 'serve'], stdin=-1, stdout=-1, text=True)
        return rpyc.connect('localhost', int(self.process.stdout.readline()))
    def __exit__(self, *raised):
        self.process.stdin.close()
        self.process.wait()

def heard(n):
    return n + 1

def main():
    ${caller.trim().replaceAll('\n', '\n    ')}

if __name__ == '__main__':
    serve() if sys.argv[1:] == ['serve'] else main()
`

const calculator = `
class CalculatorService(rpyc.Service):
    def exposed_add(self, a, b):
        return a + b
    def exposed_fail(self):
        raise ValueError('no')
    def exposed_tell(self, listener):
        return listener(5)
    def exposed_numbers(self):
        return iter([1])
    def exposed_die(self):
        import os
        os._exit(3)
    def exposed_wait(self):
        return gate.wait()
    def exposed_open(self):
        gate.set()
gate = threading.Event()
`

const run = (served: string, caller: string, server?: string) => {
  const ran = record(python, program(served, caller, server), { flags })
  expect(ran.err).toBe('')
  expect(ran.status).toBe(0)
  expect(ran.processes.flatMap((p) => p.lines.filter((line) => line.k === 'note'))).toEqual([])
  const line = (text: string) => ran.source.split('\n').findIndex((l) => l.includes(text)) + 1
  return { ...ran, server: ran.processes[1]!, line }
}

test('every form of a request: submitted where it is sent, begun and ended in the server, its result fetched', () => {
  const ran = run(
    calculator,
    `
with Server() as conn:
    print(conn.root.add(1, 2))
    try: conn.root.fail()
    except ValueError as error: print(error.args)
    for n in conn.root.numbers(): print(n)
    print(str(conn.root)[:22])
`,
  )
  expect(ran.out).toBe("3\n('no',)\n1\n<__main__.CalculatorSe\n")
  const of = (text: string, function_ = '', outcome = 'done') => {
    const place = function_ && ` CalculatorService.exposed_${function_}:${ran.line(`def exposed_${function_}(`)}`
    return `submit at ${ran.line(text)}, begin${place}, end ${outcome}, result ${outcome}`
  }
  const forNext = `: ${of('for n in')}`
  expect(callsOf(ran.processes).map((call) => call.story)).toEqual([
    `getroot: ${of('conn.root.add')}`,
    `inspect: ${of('conn.root.add')}`,
    `getattr CalculatorService.add: ${of('conn.root.add')}`,
    `CalculatorService.add: ${of('conn.root.add', 'add')}`,
    `getattr CalculatorService.fail: ${of('conn.root.fail')}`,
    `CalculatorService.fail: ${of('conn.root.fail', 'fail', 'raised')}`,
    `getattr CalculatorService.numbers: ${of('for n in')}`,
    `CalculatorService.numbers: ${of('for n in', 'numbers')}`,
    `callattr list_iterator.__iter__${forNext}`,
    `callattr list_iterator.__next__${forNext}`,
    `callattr list_iterator.__next__${forNext}`,
    `str CalculatorService: ${of('str(conn.root)')}`,
  ])
})

test('the server calls back: the client serves it inside its wait', () => {
  const ran = run(calculator, `with Server() as conn: print(conn.root.tell(heard))`)
  expect(ran.out).toBe('6\n')
  const calls = callsOf(ran.processes)
  const tell = calls.find((call) => call.name === 'CalculatorService.tell')!
  const back = calls.find((call) => call.name === 'heard')!
  expect(back.parent).toBe(tell.id)
  expect(back.story).toBe(
    `heard: submit at ${ran.line('return listener(5)')}, begin heard:${ran.line('def heard')}, end done, result done`,
  )
  const [submit, begin, , result] = back.events
  expect([submit!.process, begin!.process, result!.process]).toEqual([ran.server, ran.first, ran.server])
  expect(begin!.record.thread).toBe(ran.first.about.mainThread)
  // the client waits for the answer before, while and after it serves
  const order = ran.first.records.filter(
    (r) => r.thread === begin!.record.thread && r.time >= tell.events[0]!.record.time,
  )
  const pools = new Set(order.filter((r) => r.flags & recordFlags.keyed).map((r) => r.object))
  const kinds = order.filter((r) => pools.has(r.object) && r.kind !== eventKinds.new).map((r) => r.kind)
  const at = kinds.indexOf(eventKinds.jobBegin)
  expect(kinds.slice(at - 2, at + 4)).toEqual([
    eventKinds.submit,
    eventKinds.wait,
    eventKinds.jobBegin,
    eventKinds.jobEnd,
    eventKinds.result,
    eventKinds.wake,
  ])
  expect(ran.first.lines.flatMap((line) => (line.k === 'name' ? [line.name] : []))).toContain('callbacks')
})

test('requests that are not waited for: the result is theirs who fetch it, ask to be called, or nobody', () => {
  const ran = run(
    calculator,
    `
with Server() as conn:
    add = rpyc.async_(conn.root.add)
    fetched = add(1, 1)
    called = add(2, 2)
    nobody = add(3, 3)
    answers = []
    called.add_callback(lambda answer: answers.append(answer.value))
    print('fetched', fetched.value)
    print(conn.root.add(4, 4), answers)
    slow = rpyc.timed(conn.root.wait, 0.01)()
    try: slow.wait()
    except rpyc.AsyncResultTimeout: print('late')
`,
    'ThreadPoolServer',
  )
  expect(ran.out).toBe('fetched 2\n8 [4]\nlate\n')
  const calls = callsOf(ran.processes).filter((call) => call.name === 'CalculatorService.add')
  const story = (at: string, result: string) =>
    `submit at ${ran.line(at)}, begin CalculatorService.exposed_add:${ran.line('def exposed_add')}, end done${result}`
  const add = (at: string, result = ', result done') => `CalculatorService.add: ${story(at, result)}`
  expect(calls.map((call) => call.story)).toEqual([
    add('fetched = '),
    add('called = '),
    add('nobody = ', ''),
    add('conn.root.add(4, 4)'),
  ])
  // whether the server had begun it by then, nobody can say
  const late = callsOf(ran.processes).filter((call) => call.story.includes(`submit at ${ran.line('slow = ')}, `))
  expect(late.map((call) => / result \w+/.exec(call.story)![0])).toEqual([' result done', ' result timedOut'])
  const { records } = ran.first
  expect(records.filter((r) => r.kind === eventKinds.wake && (r.flags & 0xff) === 1).length).toBe(1)
})

test('workers of a pool of threads wait for the next request; locks of the library are not in the picture', () => {
  const ran = run(calculator, `with Server() as conn: print(conn.root.add(1, 2))`, 'ThreadPoolServer')
  expect(madeIn(ran.server).filter((made) => !made.startsWith('rlock'))).toEqual([
    expect.stringMatching(/^event \d+$/), // the program's
    'pool CalculatorService (2)',
  ])
  const waits = waitsFor(ran.server, 'queueGet')
  expect(new Set(waits.map(([name]) => name)).size).toBe(2)
  expect(new Set(waits.map(([, , object]) => nameOf(ran.server, object)))).toEqual(new Set(['CalculatorService']))
  expect(waitsFor(ran.first, 'future').every(([name]) => name === 'MainThread')).toBe(true)
})

test('a thread a connection waits for the next request too', () => {
  const ran = run(calculator, `with Server() as conn: print(conn.root.add(1, 2))`)
  const waits = waitsFor(ran.server, 'queueGet')
  expect(waits.length).toBeGreaterThan(2)
  expect(new Set(waits.map(([name, , object]) => `${name.split('-')[0]} ${nameOf(ran.server, object)}`))).toEqual(
    new Set(['RpycSpawnThread CalculatorService']),
  )
})

test('a server that dies in the middle of a call: the caller gets no result, and its own exception', () => {
  const ran = run(
    calculator,
    `
with Server() as conn:
    try: conn.root.die()
    except EOFError as error: print('gone')
    try: conn.root.add(1, 2)
    except EOFError: print('nobody there')
`,
  )
  expect(ran.out).toBe('gone\nnobody there\n')
  const last = callsOf(ran.processes).filter((call) => call.name === 'CalculatorService.die')
  expect(last.map((call) => call.story)).toEqual([
    `CalculatorService.die: submit at ${ran.line('conn.root.die')}, begin CalculatorService.exposed_die:${ran.line('def exposed_die')}, result raised`,
  ])
  const open = ran.first.records.reduce(
    (n, r) => n + Number(r.kind === eventKinds.wait) - Number(r.kind === eventKinds.wake),
    0,
  )
  expect(open).toBe(0)
})

test('through pipes both ends find the call too; a Unix socket has no name at the caller: there it only waits', () => {
  const pipes = run(
    calculator,
    `
ours, theirs = rpyc.core.stream.PipeStream.create_pair()
serving = rpyc.utils.factory.connect_stream(theirs, service=CalculatorService)
serves = threading.Thread(target=serving.serve_all)
serves.start()
with rpyc.utils.factory.connect_stream(ours) as conn: print(conn.root.add(1, 2))
serves.join()
`,
  )
  expect(pipes.out).toBe('3\n')
  const calls = callsOf(pipes.processes).filter((call) => call.name === 'CalculatorService.add')
  expect(calls.map((call) => call.story)).toEqual([
    `CalculatorService.add: submit at ${pipes.line('conn.root.add')}, begin CalculatorService.exposed_add:${pipes.line('def exposed_add')}, end done, result done`,
  ])
  const unix = run(
    calculator,
    `
import os
server = ThreadedServer(CalculatorService, socket_path=os.path.abspath('socket'))
server._start_in_thread()
with rpyc.utils.factory.unix_connect('socket') as conn: print(conn.root.add(1, 2))
server.close()
`,
  )
  expect(unix.out).toBe('3\n')
  const [add] = callsOf(unix.processes).filter((call) => call.name === 'CalculatorService.add')
  expect(add!.story).toBe(
    `CalculatorService.add: begin CalculatorService.exposed_add:${unix.line('def exposed_add')}, end done`,
  )
  expect(waitsFor(unix.first, 'future').length).toBe(4)
})

test('a program sees nothing of us', () => {
  const source = program(
    calculator,
    `
import inspect, traceback
with Server() as conn:
    print(rpyc.AsyncResult, rpyc.core.protocol.Connection._send, inspect.signature(rpyc.core.protocol.Connection.serve))
    try: conn.root.fail()
    except ValueError: print(traceback.format_exc())
    result = rpyc.async_(conn.root.add)(1, 2)
    print(type(result) is rpyc.AsyncResult, str(result)[:29], result.ready in (True, False), result.value, result.error)
    try: result.extra = 1
    except AttributeError as error: print(error)
    try: conn.root.absent
    except AttributeError as error: print(str(error).splitlines()[0])
    print(sorted(vars(conn)))
`,
  )
  const clean = (text: string) => text.replace(/\/tmp\/interleave-agent-\w+/g, '').replace(/0x[0-9a-f]+/g, '0x')
  const ran = record(python, source, { flags })
  const before = unrecorded(python, source, { flags })
  expect(ran.err).toBe(before.err)
  expect(clean(ran.out)).toBe(clean(before.out))
  expect(ran.out).toContain('ValueError: no')
})
