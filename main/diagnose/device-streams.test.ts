// serial-streams, starved-stream and pageable-copies on written commands, whose times are known: what is said, what its rows say, near misses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceRun, type CommandFacts, type Stream } from '../ingest/device-run.ts'
import { diagnose } from './diagnose.ts'

const ms = 1e6
let run: DeviceRun
beforeEach(() => {
  run = new DeviceRun()
})
afterEach(() => run.close())

/** Sentences of the rule, with the number of rows that its SQL has. */
const said = (rule: string, end: number): [string, number][] => {
  const trace = run.trace(end * ms)
  return diagnose(trace)
    .filter((f) => f.rule === rule)
    .map(({ sentence, sql }) => [sentence, trace.db.prepare(sql).all().length])
}
const at = (called: number, started: number, ended: number) => ({
  called: called * ms,
  returned: called * ms + 1000,
  started: started * ms,
  ended: ended * ms,
})
const gpu = () => run.device('GPU', { type: 'gpu', units: 80, uncertainty: 500 })
/** of 80 units it takes 8 */
const small: CommandFacts = { global: [1024], local: [128] }

describe('serial-streams', () => {
  /** Rounds of 20 ms: a kernel on one stream, then on the other, each enqueued when the one before is over. */
  const byTurns = (a: Stream, b: Stream, facts: CommandFacts, rounds = 10, name = (_: number) => 'step') => {
    for (let i = 0; i < rounds; i++) {
      const from = 10 + i * 20
      a.kernel(name(0), at(from, from, from + 10), facts)
      run.waits(a, i + 1, (from + 1) * ms, (from + 10) * ms)
      b.kernel(name(1), at(from + 10.1, from + 10.1, from + 19.9), facts)
      run.waits(b, i + 1, (from + 11) * ms, (from + 19.9) * ms)
    }
  }
  const streams = (device = gpu()): [Stream, Stream] => [run.stream('a', device), run.stream('b', device)]

  test('the host waits between', () => {
    byTurns(...streams(), small)
    expect(said('serial-streams', 300)).toEqual([
      [
        "a (busy 100 ms) and b (98 ms) of GPU ran by turns and never at once. The program's events did not ask for that. In all 10 pairs of turns the host had waited for the first before it enqueued the second. Side by side they save up to 98 ms of 200 ms (49 %), unless one needs what the other made.",
        20,
      ],
    ])
  })
  test('kernels that fill the device, or may', () => {
    byTurns(...streams(), { global: [1024 * 1024], local: [128] })
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('kernels of other names after the host had the results: it may need them', () => {
    byTurns(...streams(), small, 10, (stream) => `stage ${stream}`)
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('on a simulator', () => {
    byTurns(...streams(run.device('GPU', { type: 'simulator', units: 80 })), small)
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('one phase after another', () => {
    const [a, b] = streams()
    for (let i = 0; i < 10; i++) a.kernel('step', at(i * 10, i * 10, i * 10 + 10), small)
    for (let i = 10; i < 20; i++) b.kernel('step', at(i * 10, i * 10, i * 10 + 10), small)
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('the program asked for the order, over a third stream', () => {
    const device = gpu()
    const [a, b] = streams(device)
    const c = run.stream('c', device)
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 20
      a.kernel('step', at(1, from, from + 10), { ...small, ...(i && { after: [[b, i]] }) })
      c.command('marker', at(1, from + 10, from + 10), { after: [[a, i + 1]] })
      b.kernel('step', at(1, from + 10, from + 20), { ...small, after: [[c, i + 1]] })
    }
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('both at hand, and copies beside kernels', () => {
    const [a, b] = streams()
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 20
      a.kernel('step', at(5, from, from + 10))
      b.command('write', at(5, from + 10, from + 20), { bytes: 1e6 })
    }
    expect(said('serial-streams', 300)).toEqual([
      [
        "a (busy 100 ms) and b (100 ms) of GPU ran by turns and never at once. The program's events did not ask for that. In all 10 pairs of turns both were at hand and the device took one after the other. Side by side they save up to 100 ms of 200 ms (50 %), unless one needs what the other made.",
        20,
      ],
    ])
  })
  test('of a processor no copy beside a kernel that takes it all', () => {
    const [a, b] = streams(run.device('CPU', { type: 'cpu', units: 4 }))
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 20
      a.kernel('step', at(5, from, from + 10), { global: [4096], local: [64] })
      b.command('write', at(5, from + 10, from + 20), { bytes: 1e6 })
    }
    expect(said('serial-streams', 300)).toEqual([])
  })
  test('they overlap now and then', () => {
    const [a, b] = streams()
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 20
      a.kernel('step', at(5, from, from + 10), small)
      b.kernel('step', at(5, from + 9, from + 19), small)
    }
    expect(said('serial-streams', 300)).toEqual([])
  })

  /** Rounds of 30 ms in one stream: write, kernel, read; enqueued so many rounds ahead. */
  const inOneStream = (ahead: number, inOrder = true) => {
    const queue = run.stream('queue', gpu(), inOrder)
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 30
      const called = Math.max(1, from - ahead * 30)
      queue.command('write', at(called, from, from + 10), { bytes: 1e6 })
      queue.kernel('step', at(called + 0.1, from + 10, from + 20))
      queue.command('read', at(called + 0.2, from + 20, from + 30), { bytes: 1e6 })
    }
  }
  test('one stream for copies that were at hand and kernels', () => {
    inOneStream(2)
    expect(said('serial-streams', 400)).toEqual([
      [
        'queue of GPU runs one command after the other: 18 copies (180 ms) waited for a kernel that did not make their bytes, or kept one waiting that was at hand, and the device did nothing else meanwhile. In another stream, with a second buffer, they save up to 100 ms of 300 ms (33 %).',
        30,
      ],
    ])
  })
  test('what is enqueued when the round before is over may need it', () => {
    inOneStream(0)
    expect(said('serial-streams', 400)).toEqual([])
  })
})

describe('starved-stream', () => {
  /** Rounds of 50 ms: a batch kernel of 49 ms, in which a command of 1 ms is enqueued and waited for. */
  const rounds = ({ short = 1, long = 49, waits = true, called = 5, busy = 1, n = 10 } = {}) => {
    const device = gpu()
    const [batch, urgent] = [run.stream('batch', device), run.stream('urgent', device)]
    const server = run.thread('server')
    for (let i = 0; i < n; i++) {
      const from = 10 + i * 50
      batch.kernel('simulate', at(1, from, from + long * busy))
      urgent.kernel('answer', at(from + called, from + long, from + long + short), { thread: server })
      if (waits) run.waits(urgent, i + 1, (from + called + 1) * ms, (from + 50) * ms, server)
    }
  }
  test('short commands behind long ones', () => {
    rounds()
    expect(said('starved-stream', 600)).toEqual([
      [
        'urgent waited 440 ms in 10 commands for GPU, to run for 10 ms: meanwhile it ran simulate of batch (440 ms of 10 commands). server waited 430 ms for it, 87 % of the time in which it was used.',
        10,
      ],
    ])
  })
  test.each([
    ['commands of about the same length share it', { short: 20, long: 30 }],
    ['nobody waits for it', { waits: false }],
    ['it was enqueued shortly before', { called: 45 }],
    ['it had to wait for something else', { busy: 0.5 }],
    ['three times', { n: 3 }],
  ])('%s', (_, facts) => {
    rounds(facts)
    expect(said('starved-stream', 600)).toEqual([])
  })
  test('what waits in its own stream, or by the word of the program', () => {
    const device = gpu()
    const [batch, urgent] = [run.stream('batch', device), run.stream('urgent', device)]
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 50
      batch.kernel('simulate', at(1, from, from + 49))
      urgent.kernel('answer', at(2, from + 49, from + 50), { after: [[batch, i + 1]] })
    }
    run.waits(urgent, 10, 3 * ms, 510 * ms)
    expect(said('starved-stream', 600)).toEqual([])
  })
})

describe('pageable-copies', () => {
  /** Rounds of 30 ms: a write that lasts 10 ms, in whose call the host stands until `returned`, and a kernel. */
  const rounds = (device: number, pageable: boolean, returned = 10) => {
    const queue = run.stream('queue', device)
    for (let i = 0; i < 10; i++) {
      const from = 10 + i * 30
      const times = { ...at(from, from, from + 10), returned: (from + returned) * ms }
      queue.command('write', times, { bytes: 2 ** 20, pageable, line: 7 })
      queue.kernel('step', at(from + returned, from + 10, from + 30))
    }
  }
  test('memory that a GPU cannot reach', () => {
    rounds(gpu(), true)
    expect(said('pageable-copies', 400)).toEqual([
      [
        '10 copies of 10 MiB (drawing.py:7) between GPU and pageable memory of the host took 100 ms: GPU cannot reach it by itself, and the driver copies it once more. MainThread stood in these calls for 100 ms of it, 33 % of the time in which GPU was used.',
        1,
      ],
    ])
  })
  test('memory that it reaches', () => {
    rounds(gpu(), false)
    expect(said('pageable-copies', 400)).toEqual([])
  })
  test('each program must bring its bytes there once, however long that takes', () => {
    const queue = run.stream('queue', gpu())
    for (const from of [10, 100, 200])
      queue.command('write', { ...at(from, from, from + 80), returned: (from + 80) * ms }, { pageable: true, line: 7 })
    expect(said('pageable-copies', 400)).toEqual([])
  })
  test('the host went on', () => {
    rounds(gpu(), true, 1)
    expect(said('pageable-copies', 400)).toEqual([])
  })
  test('the memory of a processor is the host’s', () => {
    rounds(run.device('CPU', { type: 'cpu', units: 4 }), false)
    expect(said('pageable-copies', 400)).toEqual([
      [
        "10 copies of 10 MiB (drawing.py:7) between arrays of the host and buffers of CPU took 100 ms, although its memory is the host's: mapped, nothing needs to be copied. MainThread stood in these calls for 100 ms of it, 33 % of the time in which CPU was used.",
        1,
      ],
    ])
  })
})
