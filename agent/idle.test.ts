// What nothing that is recorded can end: a loop with no file and no timer, the wait at the end of the program, and whether
// a signal's handler may end it after all.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, reasons } from '../wire/kinds.ts'
import { pythons, record } from './test/run-python.ts'

const handles = `
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.default_int_handler)
`
const loops = `
import asyncio, socket, threading, until
async def main(wanted):
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    one, other = socket.socketpair()
    other.setblocking(False)
    IO = 15
    n = until.count(None, IO) + 1
    def wake():
        until.waits(n, None, IO)
        if wanted == 'file': one.send(b'x')
        else: loop.call_soon_threadsafe(woken.set)
    if wanted == 'file': loop.add_reader(other, woken.set)
    if wanted == 'timer': loop.call_later(0.02, woken.set)
    else: threading.Thread(target=wake).start()
    await woken.wait()
    if wanted == 'file': loop.remove_reader(other)
for wanted in ('file', 'timer', 'thread'): asyncio.run(main(wanted))
`
const over = `
import threading, until
go = threading.Event()
def work():
    until.waits(1, None, JOIN)
    go.set()
JOIN = 6
threading.Thread(target=work, daemon=False).start()
threading.Thread(target=go.wait, daemon=True).start()
`

describe.each(pythons)('Python 3.$minor', (python) => {
  test('a loop that waits for neither file nor timer is said with its wait', () => {
    const ran = record(python, loops)
    const [process] = ran.processes
    const loopsMade = process!.records.filter((r) => r.kind === eventKinds.new && (r.flags & 255) === 15)
    const idle = (n: number) =>
      process!.records.filter(
        (r) => r.kind === eventKinds.wait && (r.flags & 255) === reasons.io && r.object === loopsMade[n]!.object,
      )
    expect(loopsMade.length).toBe(3)
    expect([0, 1, 2].map((n) => idle(n).length > 0)).toEqual([false, false, true])
    expect(idle(2).every((r) => !(r.flags & flags.timed))).toBe(true)
    expect(process!.lines.some((l) => l.k === 'handlesSignals')).toBe(false)
  })
  test('the end of the program waits for the threads that are no daemons', () => {
    const ran = record(python, over)
    const main = ran.processes[0]!.about.mainThread
    const waits = ran.processes[0]!.records.filter(
      (r) => r.thread === main && r.kind === eventKinds.wait && (r.flags & 255) === reasons.join && r.object === 0,
    )
    expect(waits.length).toBe(1)
    const alone = record(
      python,
      `import threading\nthreading.Thread(target=int).start()\nfor t in threading.enumerate()[1:]: t.join()`,
    )
    expect(
      alone.processes[0]!.records.filter(
        (r) => r.kind === eventKinds.wait && r.object === 0 && (r.flags & 255) === reasons.join,
      ),
    ).toEqual([])
  })
  test("a program's own handler of a signal is said once; what ignores it is none", () => {
    const said = (source: string) =>
      record(python, source).processes[0]!.lines.filter((l) => l.k === 'handlesSignals').length
    expect(said(handles)).toBe(0)
    expect(said(`${handles}for n in (15, 10): print(signal.signal(n, lambda *_: None))`)).toBe(1)
    expect(
      said(
        'import asyncio, signal\nasync def main(): asyncio.get_running_loop().add_signal_handler(15, print)\nasyncio.run(main())',
      ),
    ).toBe(1)
  })
})
