// Names of any Unicode reach the trace: what UTF-8 cannot say arrives as \ufffd, everything else as it was.
import { expect, test } from 'vitest'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { named, program, python, readRun, run, withFolder } from './record.ts'
import { ingested } from './trace.ts'

const names = [
  'plain',
  'naïve 线程 🧵',
  'half \ufffd pair \ufffd',
  'nul \0 inside',
  'quote " back \\ slash',
  'line\nbreak\u2028\x1b[0m',
]

test('thread names, a function and a file of any Unicode', () =>
  withFolder(async (folder) => {
    const into = join(folder, 'run')
    const place = join(folder, 'dossier é 目录')
    for (const f of [into, place]) mkdirSync(f)
    const script = join(place, 'prögramm 🐍.py')
    copyFileSync(program('names.py'), script)
    expect(await run(into, [python, script])).toEqual(await run(null, [python, script]))

    const [recorded] = readRun(into)
    const found = named(recorded!)
    for (const name of names) expect([...found.keys()]).toContain(name)
    expect([...found.keys()]).toContain('after 🦀')
    expect([...found.keys()].some((name) => name.startsWith('long long long '))).toBe(true)
    const sites = recorded!.side.filter((l) => l.k === 'site')
    expect(sites.filter((l) => l.file === script && l.func === 'début').length).toBeGreaterThan(0)

    const trace = await ingested(into)
    for (const name of names) expect(trace.threads).toContain(name)
    expect(trace.losses).toEqual([])
  }))
