// A person's way through the app, the same in both shells: a recipe live, its contention explained, saved, reopened;
// a program of one's own; a deadlock seen while it happens; files that are no traces. Leaves test-results/screens/.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import Database from 'better-sqlite3'
import { root } from './run/root.ts'
import { expect, newHome, openShell, removeHome } from './shell-launch.ts'
import { dropFile, heldSlices, idle, laneNames, shapesOf } from './shell-reading.ts'
import { inBothShells, test } from './shell-walk.ts'

async function runProgram(page: Page, command: string) {
  await page.getByTestId('run-program').click()
  await page.getByTestId('run-command').fill(command)
  await page.getByTestId('run-folder').fill(join(root, 'recipes', 'threading'))
  await page.getByTestId('run-start').click()
  await expect(page.getByTestId('header-state')).toHaveAttribute('data-state', 'recording')
}

inBothShells(() => {
  test('a recipe: run, explained, saved, reopened', async ({ page, home, shell, shellName, snap, state }) => {
    await expect(page.getByTestId('recipe-threading/lock_contention')).toBeVisible()
    expect(await page.getByTestId(/^recipe-/).count()).toBeGreaterThanOrEqual(8)
    await snap('first-screen')

    await page.getByTestId('run-threading/lock_contention').click()
    await expect(state).toHaveAttribute('data-state', 'finished')

    await page.getByTestId('tab-contention').click()
    const first = page.getByTestId('contention-row').first()
    await expect(first).toContainText('Bank.lock')
    await idle(page)
    await snap('contention')
    await first.click()
    await expect(page.getByTestId('details')).toContainText('Bank.lock')
    await idle(page)
    expect((await shapesOf(page, 'arrows')).length).toBeGreaterThan(0)
    await snap('replay-selection')

    const lanes = await laneNames(page)
    expect(lanes).toContain('auditor')
    const totals = await page.getByTestId('contention-row').allInnerTexts()
    await page.getByTestId('go-home').click()
    await page.getByTestId('trace-row').first().click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await idle(page)
    expect(await laneNames(page)).toEqual(lanes)
    await page.getByTestId('tab-contention').click()
    await expect.poll(() => page.getByTestId('contention-row').allInnerTexts()).toEqual(totals)

    const copy = join(home, 'copy of it.sqlite')
    await shell.app?.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    }, copy)
    await page.getByTestId('save').click()
    if (shellName === 'browser') {
      await page.getByTestId('save-path').fill(copy)
      await page.getByTestId('save-path').press('Enter')
    }
    await expect(page.getByTestId('toast').filter({ hasText: `Saved as ${copy}` })).toBeVisible()
    expect(readFileSync(copy).toString('latin1', 0, 15)).toBe('SQLite format 3')

    const themes = ['light', 'dark']
    for (let i = 0; i < 2; i++) {
      const dark = await page.evaluate(() => document.documentElement.dataset['theme'] === 'dark')
      await idle(page)
      await snap(themes[Number(dark)]!)
      await page.getByTestId('theme').click()
      await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'] === 'dark')).toBe(!dark)
    }
  })

  test('a program of one’s own: live, stopped in steps, its trace kept', async ({ page, snap, state }) => {
    await runProgram(page, 'python3 lock_contention.py --seconds 90')
    await expect.poll(() => laneNames(page)).toContain('auditor')
    await expect.poll(() => heldSlices(page)).not.toHaveLength(0)
    const before = await heldSlices(page)
    await expect.poll(() => heldSlices(page)).not.toEqual(before)
    await snap('live-run')
    // Interrupted, Python waits for its threads: that is the program's right, and why there is a second step.
    await page.getByTestId('stop').click()
    await expect(page.getByTestId('stop')).toContainText('Terminate')
    await expect(state).toHaveAttribute('data-state', 'recording')
    await page.getByTestId('stop').click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await page.getByTestId('go-home').click()
    await expect(page.getByTestId('trace-row')).toHaveCount(1)
  })

  test('a program that will not stop is interrupted, terminated, killed', async ({ page, home, state }) => {
    const program = join(home, 'stubborn.py')
    writeFileSync(
      program,
      [
        'import signal, threading, time',
        'signal.signal(signal.SIGINT, lambda *_: print("not by SIGINT"))',
        'signal.signal(signal.SIGTERM, lambda *_: print("nor by SIGTERM"))',
        'lock = threading.Lock()',
        'print("ready")',
        'for _ in range(6000):',
        '    with lock: time.sleep(0.01)',
      ].join('\n'),
    )
    await runProgram(page, `python3 ${program}`)
    const stop = page.getByTestId('stop')
    await page.getByTestId('tab-output').click()
    await expect(page.getByTestId('output')).toContainText('ready')
    await stop.click()
    await expect(page.getByTestId('output')).toContainText('not by SIGINT')
    await expect(stop).toContainText('Terminate')
    await stop.click()
    await expect(page.getByTestId('output')).toContainText('nor by SIGTERM')
    await expect(stop).toContainText('Kill')
    await stop.click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await expect(state).toContainText('SIGKILL')
  })

  test('a deadlock is found while it happens, and can be stopped', async ({ page, state }) => {
    await page.getByTestId('run-threading/lock_order').click()
    await page.getByTestId('tab-findings').click()
    await expect(page.getByTestId('findings-row').filter({ hasText: /deadlock/i })).toBeVisible({ timeout: 30_000 })
    await expect(state).toHaveAttribute('data-state', 'recording')
    await page.getByTestId('stop').click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await expect(page.getByTestId('findings-row').filter({ hasText: /deadlock/i })).toBeVisible()
  })

  test('a trace is dropped on the window, or named at the start; a file that is none is refused', async ({
    page,
    home,
    shell,
    shellName,
    state,
  }) => {
    await page.getByTestId('run-threading/lock_contention').click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await idle(page)
    const lanes = await laneNames(page)
    const trace = join(
      home,
      readdirSync(home).find((file) => file.endsWith('.sqlite'))!,
    )
    const elsewhere = newHome()
    try {
      await page.getByTestId('go-home').click()
      for (const bad of badFiles(trace, elsewhere)) {
        await dropFile(page, bad)
        await expect(page.getByTestId('toast').last(), bad).toHaveText(/[.!]$/)
        await expect(page.getByTestId('home')).toBeVisible()
        while (await page.getByTestId('toast').count())
          await page.getByTestId('toast').first().getByLabel('Dismiss').click()
      }
      const whole = join(elsewhere, 'dropped.sqlite')
      copyFileSync(trace, whole)
      await dropFile(page, whole)
      await expect(state).toHaveAttribute('data-state', 'finished')
      await idle(page)
      expect(await laneNames(page)).toEqual(lanes)

      await shell.close()
      const again = await openShell[shellName]({ home, file: whole })
      try {
        await expect(again.page.getByTestId('header-state')).toHaveAttribute('data-state', 'finished')
        await idle(again.page)
        expect(await laneNames(again.page)).toEqual(lanes)
      } finally {
        await again.close()
      }
    } finally {
      removeHome(elsewhere)
    }
  })
})

/** Files that look like a trace by their name, or by more. */
function badFiles(trace: string, folder: string): string[] {
  const bytes = readFileSync(trace)
  const made = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, `${name}.sqlite`), content)
    return join(folder, `${name}.sqlite`)
  }
  const turned = Buffer.from(bytes)
  for (let at = 100; at < bytes.length; at += 997) turned[at]! ^= 0x10
  const other = Buffer.from(bytes)
  other.writeUInt32BE(7, 68)
  const newer = Buffer.from(bytes)
  newer.writeUInt32BE(99, 60)
  const planted = made('planted', bytes)
  const db = new Database(planted)
  db.exec('CREATE TRIGGER planted AFTER INSERT ON run BEGIN DELETE FROM run; END')
  db.close()
  return [
    made('text', 'Dear diary, today I deadlocked again. '.repeat(200)),
    made('empty', ''),
    made('cut', bytes.subarray(0, 20_000)),
    made('turned', turned),
    made('other', other),
    made('newer', newer),
    planted,
  ]
}
