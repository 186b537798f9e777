// From `interleave open FILE` to the window, and to the first timeline in it: a real recording of a million slices on 64
// lanes and more, the command as it is. opening.ts says what is timed; here are the trace, the rounds and the rows.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { startRecording } from '../recording.ts'
import { findElectron, missingDisplay } from '../run/electron-binary.ts'
import { onPath } from '../run/find-python.ts'
import { end } from '../shell-launch.ts'
import { openInBrowser, openInElectron, type Opening } from './opening.ts'
import { type Row, broken, median, quantile, round } from './row.ts'
import { program, python } from './side.ts'

const rounds = 7

const makeTrace = async (file: string): Promise<string> => {
  const recording = await startRecording({
    command: [python, program('million.py')],
    output: file,
    stdio: 'capture',
    follow: false,
  })
  await recording.done
  const { slices, lanes } = recording.trace
  recording.trace.db.close()
  if (slices < 1_000_000) throw new Error(`the trace has only ${slices} slices`)
  return `${slices.toLocaleString('en')} slices on ${lanes.length - 1} lanes`
}

const rowsOf = (shell: string, size: string, taken: Opening[]): Row[] => {
  const row = (name: string, of: 'visible' | 'drawn'): Row => {
    const all = taken.map((t) => t[of])
    const served = round(median(taken.map((t) => t.served)))
    const note = `median of ${all.length}, longest ${round(quantile(all, 1))} s; shell there after ${served} s; ${size}`
    return { name: `${name}, ${shell}`, bar: 2, aim: 1, value: median(all), unit: 's', note }
  }
  return [
    row('window visible after `interleave open` of a 1 M-slice trace', 'visible'),
    row('first timeline drawn after `interleave open`', 'drawn'),
  ]
}

/** The first opening is not counted: it may have to build the app and fill the caches. */
const several = async (once: () => Promise<Opening>): Promise<Opening[]> => {
  await once()
  const taken: Opening[] = []
  while (taken.length < rounds) taken.push(await once())
  return taken
}

const inBrowser = async (home: string, file: string): Promise<Opening[]> => {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const executablePath = names.map((name) => onPath(name, '/', process.env)).find(Boolean)
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args })
  try {
    return await several(() => openInBrowser(browser, home, file))
  } finally {
    await browser.close()
  }
}

/** On the display there is, or on an Xvfb of our own. */
const inElectron = async (home: string, file: string): Promise<Opening[]> => {
  const binary = findElectron()
  if (!binary) throw new Error('there is no Electron binary on this machine')
  if (missingDisplay() === null) return several(() => openInElectron(binary, home, file))
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    process.env['DISPLAY'] = await new Promise<string>((done, fail) => {
      server.once('error', () => fail(new Error('there is no display and no Xvfb')))
      server.stdout.once('data', (number: Buffer) => done(`:${number.toString().trim()}`))
    })
    return await several(() => openInElectron(binary, home, file))
  } finally {
    delete process.env['DISPLAY']
    await end(server)
  }
}

export const open = async (): Promise<Row[]> => {
  const home = mkdtempSync(join(tmpdir(), 'interleave-open-'))
  try {
    const file = join(home, 'million.sqlite')
    const size = await makeTrace(file)
    const rows: Row[] = []
    for (const [shell, measure] of Object.entries({ browser: inBrowser, Electron: inElectron })) {
      try {
        rows.push(...rowsOf(shell, size, await measure(home, file)))
      } catch (error) {
        rows.push(broken(`\`interleave open\` of a 1 M-slice trace, ${shell}`, error, 's'))
      }
    }
    return rows
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
