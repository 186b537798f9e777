// A disk that fills up under the event file: the program must not notice (same outputs, same exit), and what could not be
// written is counted in the file and told by the trace. A small tmpfs where we may mount one (there a memory map that
// was not paid for in advance ends in SIGBUS); a limit on the size of files otherwise, and always.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds } from '../../../wire/kinds.ts'
import { type Recorded, count, faults, program, python, readRun, run, withFolder } from './record.ts'
import { ingested } from './trace.ts'

const rounds = 200_000
const argv = [python, program('steady.py'), String(rounds)]

const check = async (into: string, recorded: Recorded[]) => {
  const [r] = recorded
  const written = count(r!, eventKinds.acquire) + count(r!, eventKinds.release)
  expect(written).toBeGreaterThan(1000)
  expect(written).toBeLessThan(2 * rounds)
  // what is not there is counted: nothing vanishes
  expect(written + r!.lost).toBeGreaterThanOrEqual(2 * rounds)
  expect(faults(r!)).toEqual([])
  const trace = await ingested(into)
  expect(trace.losses).toContain('lost')
}

test('a file system that is full', (context) =>
  withFolder(async (folder) => {
    const into = join(folder, 'small')
    mkdirSync(into)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'interleave-test', into], { encoding: 'utf8' })
    if (mounted.status !== 0) context.skip(`a tmpfs cannot be mounted here: ${mounted.stderr?.trim()}`)
    try {
      expect(await run(into, argv)).toEqual(await run(null, argv))
      await check(into, readRun(into))
    } finally {
      spawnSync('umount', [into])
    }
  }))

test('a file that may not grow', () =>
  withFolder(async (folder) => {
    const limited = ['bash', '-c', 'ulimit -f 1024 && exec "$0" "$@"', ...argv]
    expect(await run(folder, limited)).toEqual(await run(null, limited))
    await check(folder, readRun(folder))
  }))

test('no room for even the first chunk', (context) =>
  withFolder(async (folder) => {
    const into = join(folder, 'tiny')
    mkdirSync(into)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'interleave-test', into], { encoding: 'utf8' })
    if (mounted.status !== 0) context.skip(`a tmpfs cannot be mounted here: ${mounted.stderr?.trim()}`)
    try {
      expect(await run(into, argv)).toEqual(await run(null, argv))
    } finally {
      spawnSync('umount', [into])
    }
  }))
