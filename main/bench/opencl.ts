// What recording costs PyOpenCL on PoCL: launches of a kernel that does nothing, and a matrix product, traced over untraced; and
// how far off the recorded times of commands are. In the environment of the recipes' chapter.
//
// The truth about times: PoCL's device clock is a clock of the host, CLOCK_MONOTONIC_RAW, so a program can put the times of its own
// profiled events on CLOCK_MONOTONIC by reading both clocks together (programs/opencl_clock.py, which first proves the clock). The
// agent, which must find out by itself whose clock it is, is compared with that, command by command.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventKinds } from '../../wire/kinds.ts'
import { stages } from '../../wire/operations.ts'
import { chunkBytes, chunkHeaderBytes, field, header, headerBytes, recordBytes } from '../../wire/record.ts'
import { environment, sideLines } from '../../wire/side-file.ts'
import { type ChapterPython, chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken, median } from './row.ts'
import { type Side, compare, coreOnce, output, program, traced, untraced } from './side.ts'

interface Loop {
  name: string
  what: string
  operations: number
  /** in one run of the program, of which the middle one counts: a run of 40 ms is at the mercy of its neighbours */
  times: number
  rounds: number
  bar: number
  aim: number
}
const loops: Loop[] = [
  {
    name: '20,000 launches of an empty kernel',
    what: 'launches',
    operations: 20_000,
    times: 11,
    rounds: 15,
    bar: 1.15,
    aim: 1.05,
  },
  {
    name: 'matrix product 1,024³, 10 times',
    what: 'product',
    operations: 10,
    times: 1,
    rounds: 5,
    bar: 1.03,
    aim: 1.01,
  },
]
const clockName = "PyOpenCL: error of a command's times on the run's clock, at worst"

export const opencl = async (): Promise<Row[]> => {
  const chapter = await chapterPython('gpu')
  await installPackages(chapter, () => {})
  const core = await coreOnce()
  const rows = loops.map((loop) => cost(loop, chapter, core))
  return [...rows, clock(chapter, core)]
}

function cost({ name, what, operations, times, rounds, bar, aim }: Loop, chapter: ChapterPython, core: string): Row {
  const title = `PyOpenCL on PoCL: ${name}`
  const command = [program('timed_opencl.py'), what, String(operations), String(times)]
  const measure = (side: Side) =>
    side((_, before, env) => {
      const [wall, cpu] = output(chapter.python, [...before, ...command], env)
        .split(' ')
        .map(Number)
      if (!(wall! > 0 && cpu! > 0)) throw new Error(`${what} printed no time`)
      return { wall: wall!, cpu: cpu! }
    })
  try {
    // of each: enqueued, returned, queued, submitted, started, ended
    const [ours] = compare([untraced, traced(core, 6 * operations * times)], measure, { rounds, bar })
    return { name: title, bar, aim, value: ours!.ratio, unit: '×', note: ours!.note }
  } catch (error) {
    return broken(title, error)
  }
}

/** What the recording of one process says. */
interface Times {
  /** of each command, by its number */
  started: Map<number, bigint>
  ended: Map<number, bigint>
  /** ns, said last */
  uncertainty: number | null
}

function clock(chapter: ChapterPython, core: string): Row {
  const commands = 400
  try {
    const { told, times } = traced(
      core,
      commands,
    )((_, before, env) => {
      const text = output(chapter.python, [...before, program('opencl_clock.py'), String(commands)], env)
      const told = JSON.parse(text) as { off: number; commands: [number, number][] }
      return { told, times: timesIn(env[environment.run]!) }
    })
    const errors = told.commands.flatMap(([start, end], i) =>
      [
        [times.started.get(i + 1), start],
        [times.ended.get(i + 1), end],
      ].map(([recorded, truth]) => (recorded === undefined ? Infinity : Math.abs(Number(recorded) - Number(truth)))),
    )
    const worst = Math.max(...errors)
    if (worst === Infinity) throw new Error('a command has no times in the recording')
    const us = (ns: number) => `${(ns / 1000).toFixed(1)} µs`
    const said = times.uncertainty === null ? 'not said' : `${us(times.uncertainty)} said`
    const note = `${commands} commands in 1 s or more, half of them within ${us(median(errors))}; ${said}; the truth itself is good to ${us(told.off)}`
    return { name: clockName, bar: 20, aim: 5, value: worst / 1000, unit: 'µs', note }
  } catch (error) {
    return broken(clockName, error)
  }
}

/** Of the process with the most commands, as its event file has them. Numbers of ns up to 2^53 are exact for 104 days of uptime. */
function timesIn(folder: string): Times {
  const all = readdirSync(folder).filter((name) => name.endsWith('.events'))
  const read = all.map((name) => {
    const b = readFileSync(join(folder, name))
    const times: Times = { started: new Map(), ended: new Map(), uncertainty: null }
    for (let c = 0; c < b.readUInt32LE(header.chunks); c++) {
      const chunk = headerBytes + c * chunkBytes
      for (let i = 0; i < b.readUInt32LE(chunk); i++) {
        const at = chunk + chunkHeaderBytes + i * recordBytes
        if (b.readUInt16LE(at + field.kind) !== eventKinds.reach) continue
        const ago = (BigInt(b.readUInt32LE(at + field.site)) << 32n) | BigInt(b.readUInt32LE(at + field.arg))
        const time = b.readBigUInt64LE(at + field.time) - ago
        const stage = b.readUInt16LE(at + field.flags) & 255
        if (stage === stages.started) times.started.set(b.readUInt32LE(at + field.seq), time)
        if (stage === stages.ended) times.ended.set(b.readUInt32LE(at + field.seq), time)
      }
    }
    for (const line of sideLines(readFileSync(join(folder, name.replace(/\.events$/, '.names')), 'utf8')))
      if (line.k === 'device') times.uncertainty = line.uncertainty ?? times.uncertainty
    return times
  })
  return read.sort((p, q) => q.ended.size - p.ended.size)[0]!
}
