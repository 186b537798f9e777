// Precision and recall: random programs whose truth is known by brute force, run for real, a batch of them a process.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { pythonPrograms } from './found-in.ts'
import { fullQueues, pipeline, pipelinePython } from './queue-programs.ts'
import { deadlockedPython, deadlocks, lockProgram, quietPython, type LockProgram } from './lock-programs.ts'

const foundIn = pythonPrograms()
const batches = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))

const orders = Array.from({ length: 180 }, (_, i) => lockProgram(`p${i}`, i))
// nobody loses the GIL between two locks: the run itself meets no deadlock
const quiet = 'import sys, threading\nsys.setswitchinterval(1000)\n'

describe('lock-order finds a program if and only if some interleaving of it deadlocks', () => {
  test('the programs are of both sorts', ({ expect }) => {
    const faulty = orders.filter((program) => deadlocks(program).length > 0).length
    expect(faulty).toBeGreaterThan(40)
    expect(orders.length - faulty).toBeGreaterThan(40)
  })
  batches(orders, 5).forEach((programs, i) =>
    test(`programs ${i * 5} to ${i * 5 + programs.length - 1}`, async ({ expect, onTestFinished }) => {
      const found = await foundIn(quiet + programs.map(quietPython).join('\n'), null, onTestFinished)
      const told = programs.filter(({ name }) => found.some((f) => f.subject.includes(`${name}_`)))
      const names = (list: readonly LockProgram[]) => list.map(({ name }) => name)
      expect(names(told)).toEqual(names(programs.filter((program) => deadlocks(program).length > 0)))
    }),
  )
})

// a way into a deadlock of each faulty program, and the same steps but for the last of them: nobody is stuck
const faulty = Array.from({ length: 200 }, (_, i) => lockProgram(`d${i}`, 1000 + i)).flatMap((program) => {
  const [deadlock] = deadlocks(program)
  return deadlock ? [{ program, deadlock }] : []
})

describe('every deadlock that happens is found, with those who are in it, and no other', () => {
  batches(faulty.slice(0, 60), 10).forEach((programs, i) =>
    test(`deadlocks ${i * 10} to ${i * 10 + programs.length - 1}`, async ({ expect, onTestFinished }) => {
      const source = programs.map(({ program, deadlock }) => deadlockedPython(program, deadlock))
      const watched = 'import signal, threading\n' + source.join('\n') + '\nsignal.pause()'
      const circles = programs.map(({ deadlock }) => deadlock.circle.join()).sort()
      const told = (found: readonly Finding[]) => found.filter((f) => f.rule === 'deadlock')
      const found = await foundIn(watched, (soFar) => told(soFar).length >= circles.length, onTestFinished)
      expect(
        told(found)
          .map((f) =>
            f.subject
              .split(/, | and /)
              .sort()
              .join(),
          )
          .sort(),
      ).toEqual(circles)
    }),
  )
})

const pipelines = Array.from({ length: 80 }, (_, i) => pipeline(`f${i}`, i))

describe('back-pressure finds the queues before the slow stage, and no other', () => {
  batches(pipelines, 10).forEach((programs, i) =>
    test(`pipelines ${i * 10} to ${i * 10 + programs.length - 1}`, async ({ expect, onTestFinished }) => {
      const source = `
import queue, threading, time
threads = []
${programs.map(pipelinePython).join('\n')}
for t in threads: t.start()
for t in threads: t.join()`
      const found = (await foundIn(source, null, onTestFinished)).filter((f) => f.rule === 'back-pressure')
      expect(found.map((f) => f.subject.split(' ')[0]).sort()).toEqual(programs.flatMap(fullQueues).sort())
    }),
  )
})
