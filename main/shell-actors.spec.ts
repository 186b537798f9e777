// Processes, jobs, tasks and the GIL as a person sees them, the same in both shells: recipes run live from the first
// screen, then read. Leaves test-results/screens/.
import type { Page } from '@playwright/test'
import { expect } from './shell-launch.ts'
import { laneNames, shapesOf } from './shell-reading.ts'
import { inBothShells, test } from './shell-walk.ts'

const ranked = (page: Page, what: string) => page.getByTestId('contention-row').filter({ hasText: what })

inBothShells(() => {
  test('threads against the GIL', async ({ page, picture, recorded }) => {
    await recorded('gil/cpu_threads')
    await page.getByTestId('tab-contention').click()
    expect(await laneNames(page)).toEqual(expect.arrayContaining(['GIL', 'till-1', 'till-4']))
    await ranked(page, 'GIL').click()
    await expect(page.getByTestId('details')).toContainText('waited')
    await expect(page.getByTestId('details')).toContainText('only the thread that holds it runs Python code')
    await page.keyboard.press('f')
    await picture('gil')
  })

  test('jobs of a process pool, and their arrows', async ({ page, picture, recorded, search }) => {
    await recorded('pools/process_pool')
    await page.getByTestId('tab-contention').click()
    await expect(ranked(page, 'jobs queued for a worker')).toHaveCount(1)
    // the line at which a job begins leads to the first one
    await search('def take_apart')
    await expect(page.getByTestId('details')).toContainText('(take_apart) of pool')
    await page.keyboard.press('3')
    await expect.poll(async () => (await shapesOf(page, 'arrows')).length).toBeGreaterThan(0)
    await page.keyboard.press('f')
    await picture('pool')
  })

  test('an item through two queues of three processes', async ({ page, picture, recorded, search }) => {
    await recorded('processes/queue_pipeline')
    await page.getByTestId('tab-contention').click()
    expect(await laneNames(page)).toEqual(expect.arrayContaining(['counter', 'stamper', 'sorter', 'Between processes']))
    await expect(ranked(page, 'belt')).toHaveCount(1)
    await search('belt')
    await page.keyboard.press('4')
    await expect(page.getByTestId('reach')).toContainText('over 4 steps')
    await expect.poll(async () => (await shapesOf(page, 'arrows')).length).toBeGreaterThan(0)
    await picture('pipeline')
  })

  test('the tree of processes says who was killed, and leads to each', async ({ page, picture, recorded }) => {
    await recorded('processes/killed_processes')
    const chip = page.getByTestId('processes')
    await expect(chip).toContainText('killed')
    await chip.click()
    const tree = page.locator('.process-tree')
    await expect(tree.locator('tr').filter({ hasText: 'SIGKILL' })).toHaveCount(1)
    await picture('processes')
    await tree.getByRole('button', { name: 'cave' }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => laneNames(page)).toContain('cave')
  })

  test('who awaits whom, at the moment of a click', async ({ page, picture, recorded, search }) => {
    await recorded('asyncio/await_graph')
    await search('flight')
    // its first wait is for its turn, its second for the three airlines
    await expect(page.getByTestId('details')).toContainText('for its turn')
    await page.keyboard.press('.')
    await expect(page.getByTestId('details')).toContainText('for other tasks to end')
    await page.getByTestId('tab-awaits').click()
    const tree = page.getByTestId('awaits').getByRole('treeitem')
    await expect(tree.filter({ hasText: 'flight' })).toHaveCount(1)
    await expect(tree.filter({ hasText: 'Condor' })).toContainText('sleeps')
    await picture('awaits')
    await tree.filter({ hasText: 'Condor' }).getByRole('button').click()
    await expect(page.getByTestId('details')).toContainText('Condor slept')
    await expect(tree.filter({ hasText: 'flight' })).toHaveCount(1)
  })

  test('a blocked event loop stands out', async ({ page, picture, recorded }) => {
    await recorded('asyncio/blocking_call')
    await page.getByTestId('tab-contention').click()
    await ranked(page, 'event loop').click()
    await expect(page.getByTestId('details')).toContainText('waiting for its turn on the event loop')
    await page.keyboard.press('f')
    await expect(page.locator('.legend')).toContainText('loop blocked')
    await picture('blocked-loop')
  })
})
