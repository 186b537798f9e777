// From an event in the program to its pixel in the window, through everything: agent, event file, ingest, engine, socket,
// page, canvas. A thread writes down CLOCK_MONOTONIC just before it begins to wait for a lock (probe.py); the page is
// watched frame by frame for that wait in its display list.
//
//   program   t ─ lock.acquire() …waits 200–330 ms…
//   page            rAF: list without it │ rAF: list with it, painted │ next rAF: that frame has been handed over ← counted
//
// The page's clock is mapped to the program's (clock.ts) before and after, so that drift shows.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reasons } from '../../wire/kinds.ts'
import { openTrace } from '../store/database.ts'
import { openShell, type ShellName } from '../shell-launch.ts'
import { clockOf } from './clock.ts'
import { type Row, quantile, round } from './row.ts'
import { program, python } from './side.ts'

const waits = 60

/** Installed in the page: the first frame in which each wait of the lane is seen, by where it begins. */
const watch = ({ name, kind }: { name: string; kind: number }) => {
  const seen: { from: number; at: number }[] = []
  Object.assign(window, { probeSeen: seen })
  const look = () => {
    const parts = window.interleaveTest?.displayList() ?? []
    const shapes = parts.flatMap((part) => part.shapes)
    const names = parts.filter((part) => part.name === 'names').flatMap((part) => part.shapes)
    const lane = names.find((s) => s.shape === 'text' && s.text === name)
    const strip = shapes.find((s) => s.shape === 'strip' && lane?.shape === 'text' && s.lane === lane.lane)
    if (strip?.shape === 'strip')
      for (let i = strip.items.length - 1; i >= 0 && i >= strip.items.length - 8; i--) {
        const item = strip.items.at(i)
        if (item.kind !== kind || seen.some((s) => Math.abs(s.from - item.from) < 60e6)) continue
        const found = { from: item.from, at: Infinity }
        seen.push(found)
        requestAnimationFrame(() => (found.at = performance.now()))
      }
  }
  // after all of a frame's callbacks: the timeline's own may come before or after this one
  const channel = new MessageChannel()
  channel.port1.onmessage = look
  const frame = () => {
    channel.port2.postMessage(0)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

/** ns from the program's clock to the frame, one a wait; a wait that was never seen counts as Infinity. */
const measure = async (shell: ShellName): Promise<{ delays: number[]; error: number }> => {
  const home = mkdtempSync(join(tmpdir(), 'interleave-pixel-'))
  const times = join(home, 'times')
  try {
    const { page, close } = await openShell[shell]({ home })
    let clock: { zero: number; error: number }
    let seen: { from: number; at: number }[]
    try {
      await page.getByTestId('run-program').click()
      await page.getByTestId('run-command').fill([python, program('probe.py'), times, waits].join(' '))
      await page.getByTestId('run-start').click()
      await page.getByTestId('timeline').waitFor()
      await page.evaluate(watch, { name: 'probe', kind: reasons.lock })
      clock = await clockOf((expression) => page.evaluate(expression))
      await page.locator('[data-testid=header-state][data-state=finished]').waitFor({ timeout: 120_000 })
      const after = await clockOf((expression) => page.evaluate(expression))
      clock.error = Math.max(clock.error, after.error, Math.abs(after.zero - clock.zero))
      seen = await page.evaluate(() => (window as unknown as { probeSeen: { from: number; at: number }[] }).probeSeen)
    } finally {
      await close()
    }
    const file = readdirSync(home).find((name) => name.endsWith('.sqlite'))
    if (!file) throw new Error('no trace was saved')
    const trace = openTrace(join(home, file))
    const base = Number(trace.facts.get('base'))
    trace.db.close()
    if (!(base > 0)) throw new Error('the trace does not say when it began')
    const asked = readFileSync(times, 'utf8').trim().split('\n').map(Number)
    if (asked.length !== waits) throw new Error(`the program finished ${asked.length} of ${waits} waits`)
    const delays = asked.map((time) => {
      const of = seen.find((s) => Math.abs(s.from - (time - base)) < 60e6)
      return of ? clock.zero + of.at * 1e6 - time : Infinity
    })
    return { delays, error: clock.error }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

export const pixel = async (): Promise<Row[]> => {
  const { delays, error } = await measure('browser')
  const ms = (q: number) => quantile(delays, q) / 1e6
  const missed = delays.filter((d) => d === Infinity).length
  const note =
    `browser shell, Chromium; ${waits} waits, p50 ${round(ms(0.5))} ms, longest ${round(ms(1))} ms; ` +
    `clocks agree to ${round(error / 1e6)} ms; ${missed} never drawn while they lasted`
  return [
    { name: 'event in the program → pixel in the window, p95', bar: 150, aim: 80, value: ms(0.95), unit: 'ms', note },
  ]
}
