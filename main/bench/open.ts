// From `interleave open FILE` to the window and to the first timeline in it: a real recording of a million slices on 64
// lanes, the command as it is, from the moment it is started.
//
//   start ── address printed ── page asked for ── first contentful paint ── display list has slices ── next frame
//                                                 └ window visible                                     └ first timeline
//
// In the browser shell Chromium is running already, as a person's browser is; the page is a new one each time. Both
// moments are the page's own, mapped to this process's clock (clock.ts).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { startRecording } from '../recording.ts'
import { onPath } from '../run/find-python.ts'
import { end, serve } from '../shell-launch.ts'
import { clockOf } from './clock.ts'
import { type Row, median, quantile, round } from './row.ts'
import { program, python } from './side.ts'

const rounds = 7

/** Installed before the page's own scripts: when the first frame with slices had been drawn. */
const watch = () => {
  const frame = () => {
    const parts = window.interleaveTest?.displayList() ?? []
    const drawn = parts.some((part) => part.shapes.some((s) => s.shape === 'strip' && s.items.length > 0))
    if (!drawn) requestAnimationFrame(frame)
    else requestAnimationFrame(() => Object.assign(window, { drawnAt: performance.now() }))
  }
  requestAnimationFrame(frame)
}
/** ms of the page's clock */
const moments = async (page: Page): Promise<{ visible: number; drawn: number }> => {
  await page.waitForFunction(() => 'drawnAt' in window, undefined, { timeout: 60_000 })
  return page.evaluate(() => ({
    visible: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    drawn: (window as unknown as { drawnAt: number }).drawnAt,
  }))
}

export const open = async (): Promise<Row[]> => {
  const home = mkdtempSync(join(tmpdir(), 'interleave-open-'))
  const file = join(home, 'million.sqlite')
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .map((n) => onPath(n, '/', process.env))
    .find(Boolean)
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args })
  try {
    const command = [python, program('million.py')]
    const recording = await startRecording({ command, output: file, stdio: 'capture', follow: false })
    await recording.done
    const { slices, lanes } = recording.trace
    recording.trace.db.close()
    if (slices < 1_000_000) throw new Error(`the trace has only ${slices} slices`)
    const taken: { visible: number; drawn: number }[] = []
    for (let i = 0; i <= rounds; i++) {
      const started = Number(process.hrtime.bigint())
      const { address, server } = await serve({ home, file })
      const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
      try {
        await page.addInitScript(watch)
        await page.goto(address)
        const { visible, drawn } = await moments(page)
        const { zero } = await clockOf(page)
        const since = (ms: number) => (zero + ms * 1e6 - started) / 1e9
        if (i > 0) taken.push({ visible: since(visible), drawn: since(drawn) })
      } finally {
        await page.close()
        await end(server)
      }
    }
    const row = (name: string, of: 'visible' | 'drawn'): Row => {
      const all = taken.map((t) => t[of])
      const note =
        `browser shell, median of ${rounds}, longest ${round(quantile(all, 1))} s; ` +
        `${slices.toLocaleString('en')} slices on ${lanes.length - 1} lanes`
      return { name, bar: 2, aim: 1, value: median(all), unit: 's', note }
    }
    return [
      row('window visible after `interleave open` of a 1 M-slice trace', 'visible'),
      row('first timeline drawn after `interleave open`', 'drawn'),
    ]
  } finally {
    await browser.close()
    rmSync(home, { recursive: true, force: true })
  }
}
