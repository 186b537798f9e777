// From picture to answer, the same in both shells: what was found, lit in the timeline, with its reasons and its SQL; a
// deadlock drawn while it happens; what the rules say that found nothing. Leaves test-results/screens/, among them
// readme.png, which the README shows as traces/screenshot.png.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect } from './shell-launch.ts'
import { idle, shapesOf } from './shell-reading.ts'
import { inBothShells, screens, test } from './shell-walk.ts'

/** Three threads that wait for each other until the program is interrupted. */
function ring(home: string): string {
  const path = join(home, 'ring.py')
  writeFileSync(
    path,
    `import faulthandler, threading
faulthandler.dump_traceback_later(90, exit=True)  # also when the test has failed
class Fork:
    def __init__(self):
        self.lock = threading.Lock()
names = ["Ada", "Blaise", "Cantor"]
forks = [Fork() for _ in names]
seated = threading.Barrier(len(names))
def dine(left, right):
    with left.lock:
        seated.wait()
        with right.lock:
            print("eats")
threads = [
    threading.Thread(target=dine, args=(forks[i], forks[(i + 1) % 3]), name=name, daemon=True)
    for i, name in enumerate(names)
]
for thread in threads: thread.start()
for thread in threads: thread.join()
`,
  )
  return path
}

const open = (finding: Locator) => finding.getByRole('button').first().click()
/** Numbers of the rows that are lit, as they are drawn. */
const lit = (page: Page) => async () => {
  const texts = (await shapesOf(page, 'plot')).flatMap(({ text }) => (text && /^\d+$/.test(text) ? [text] : []))
  return texts.sort()
}

inBothShells(() => {
  test('a finding lights up all that proves it, is stepped through, and gives its query', async ({
    page,
    shellName,
    picture,
    recorded,
    finding,
  }) => {
    await recorded('threading/lock_contention')
    await page.getByTestId('tab-findings').click()
    await expect(finding('contention')).toContainText('Bank.lock')
    await open(finding('contention'))
    await expect.poll(lit(page)).toEqual(['1', '2'])
    await expect(finding('contention')).toContainText('Why it matters')
    await expect(finding('contention')).toContainText('What to try')
    await picture('finding')
    if (shellName === 'browser') {
      const usual = page.viewportSize()!
      await page.setViewportSize({ width: 1440, height: 900 })
      await idle(page)
      await page.screenshot({ path: join(screens, 'readme.png') })
      await page.setViewportSize(usual)
    }
    await page.getByLabel('Next row of the evidence').click()
    await expect(page.getByTestId('evidence-at')).toHaveText('1 of 2')
    await expect(page.getByTestId('details')).toContainText('waited')
    await page.getByLabel('Next row of the evidence').click()
    await expect(page.getByTestId('evidence-at')).toHaveText('2 of 2')
    await expect(page.getByTestId('details')).toContainText('held Bank.lock')
    expect(await lit(page)()).toEqual(['1', '2'])

    await page.getByTestId('open-sql').click()
    await expect(page.getByTestId('tab-sql')).toHaveAttribute('aria-selected', 'true')
    await expect(page.locator('.sql-result')).toContainText('auditor')
    await page.getByTestId('tab-findings').click()
    await page.keyboard.press('Escape')
    await expect.poll(lit(page)).toEqual([])
    // another one opens where it is, though the one above it closes
    await open(finding('slow-hold'))
    await expect(finding('contention')).not.toContainText('Why it matters')
    await expect(finding('slow-hold')).toContainText('Why it matters')
    await expect(finding('slow-hold').getByRole('button').first()).toBeInViewport()
  })

  test('a deadlock is drawn while it happens; its rows are there when it is over', async ({
    page,
    home,
    snap,
    state,
    finding,
  }) => {
    await page.getByTestId('run-program').click()
    await page.getByTestId('run-command').fill(`python3 ${ring(home)}`)
    await page.getByTestId('run-start').click()
    await page.getByTestId('tab-findings').click()
    await expect(finding('deadlock')).toBeVisible()
    await open(finding('deadlock'))
    await expect(state).toHaveAttribute('data-state', 'recording')
    await expect.poll(async () => (await lit(page)()).length).toBe(6)
    const arrows = async () => (await shapesOf(page, 'arrows')).filter(({ shape }) => shape === 'path').length
    await expect.poll(arrows).toBeGreaterThanOrEqual(3)
    // who waits for whom: a ring of three, and in words
    const parties = page.getByTestId('parties')
    await expect(parties.locator('.wait-node')).toHaveCount(3)
    await expect(parties.locator('.wait-edge')).toHaveCount(3)
    await expect(parties.getByTestId('party').filter({ hasText: 'Ada waits for Fork.lock' })).toHaveCount(1)
    await parties
      .getByText(/^Stack,/)
      .first()
      .click()
    await expect(parties.locator('.stack').first()).toContainText('dine')
    await page.getByTestId('open-sql').click()
    await expect(page.getByTestId('sql-note')).toContainText('is run then')
    await page.getByTestId('tab-findings').click()
    await snap('deadlock-live')
    await page.getByTestId('stop').click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await page.getByTestId('tab-findings').click()
    await expect(finding('deadlock')).toContainText('When the recording ended')
    await page.getByTestId('tab-sql').click()
    await expect(page.locator('.sql-result')).toContainText('Cantor')
    // by keyboard
    await page.getByTestId('tab-findings').click()
    await parties.getByRole('button', { name: /^Ada waits/ }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('details')).toContainText('Ada had waited')
  })

  test('the critical path: a lane, its sums, what a free lock would win, and how many ran at once', async ({
    page,
    picture,
    recorded,
  }) => {
    await recorded('threading/slow_hold')
    await page.keyboard.press('c')
    await expect(page.getByTestId('tab-path')).toHaveAttribute('aria-selected', 'true')
    await expect(page.getByTestId('path-row').first()).toBeVisible()
    const names = async () => (await shapesOf(page, 'pinnedNames')).flatMap(({ text }) => text ?? [])
    await expect.poll(names).toContain('Critical path')
    await expect.poll(async () => (await shapesOf(page, 'pinnedPlot')).some((s) => s.shape === 'strip')).toBe(true)
    await expect(page.getByTestId('what-if')).toContainText(/Prices.lock.*at most \d+ % shorter/)
    await page.getByTestId('path-by-object').click()
    await expect(page.getByTestId('path-row').filter({ hasText: 'Prices.lock' })).toHaveCount(1)
    await expect(page.getByTestId('runners')).toContainText('nobody')
    const overview = async () => (await shapesOf(page, 'overview')).flatMap(({ text }) => text ?? [])
    await expect.poll(overview).toContainEqual(expect.stringMatching(/^running: .* at most \d/))
    await picture('path')
    await page.keyboard.press('c')
    await expect.poll(names).not.toContain('Critical path')
  })

  test('two runs are compared: what is gone, what was waited for, and what they cannot show', async ({
    page,
    snap,
    recorded,
  }) => {
    await recorded('threading/lock_contention')
    await page.getByTestId('go-home').click()
    await recorded('threading/lock_contention_fixed')
    await page.getByTestId('compare-open').click()
    await page.getByTestId('compare-with').filter({ hasText: 'lock_contention-' }).click()
    await expect(page.getByTestId('compare-sentence')).toContainText('no difference that these runs can show')
    await expect(page.locator('[data-testid="compare-finding"][data-rule="contention"]')).toContainText('gone')
    const waits = page.getByTestId('compare-waits').filter({ hasText: 'Bank.lock' })
    await expect(waits).toContainText('less')
    await snap('compare')
    await page.getByTestId('compare-close').click()
    await expect(page.getByTestId('timeline')).toBeVisible()
    await page.getByTestId('compare-open').click()
    await page.getByTestId('compare-path').fill('nowhere.sqlite')
    await page.getByTestId('compare-path').press('Enter')
    await expect(page.getByTestId('compare')).toContainText('There is no file')
    await page.getByTestId('compare-close').click()
    await expect(page.getByTestId('timeline')).toBeVisible()
  })

  test('where nothing is found, the rules say what they looked for and whether they could tell', async ({
    page,
    picture,
    recorded,
  }) => {
    await recorded('threading/lock_contention_fixed')
    await page.getByTestId('tab-findings').click()
    await expect(page.getByTestId('findings-row')).toHaveCount(0)
    const rules = page.getByTestId('rule-answers')
    await expect(rules).toContainText('deadlock clear')
    await expect(rules).toContainText('contention clear')
    await picture('no-findings')
  })
})
