// Beyond one program, the same in both shells: ranks with the message that came late, a group of tasks over two workers of
// a broker, calls of a remote object, jobs of a Dask cluster, futures over processes; and what the first screen offers where a chapter's packages are not installed.
// Leaves test-results/screens/.
import { join } from 'node:path'
import { expect, newHome, openShell, removeHome } from './shell-launch.ts'
import { idle, laneNames } from './shell-reading.ts'
import { inBothShells, screens, test } from './shell-walk.ts'
// several Pythons start, and import much, on two cores
test.setTimeout(240_000)

inBothShells(() => {
  test('ranks in their order, a message that came late, and its arrow', async ({
    page,
    picture,
    recorded,
    details,
    arrows,
  }) => {
    const finding = page.locator('.finding[data-rule="late-sender"]')
    // where the ranks take seconds to start, their waits are too small a part of their lives to be told
    for (let tries = 1; tries <= 3 && (await finding.count()) === 0; tries++) {
      if (tries > 1) await page.getByRole('button', { name: 'Home' }).click()
      await recorded('mpi/late_sender')
      await page.getByTestId('tab-findings').click()
      await idle(page)
    }
    const ranks = (await laneNames(page)).filter((text) => /^rank \d · late_sender.py$/.test(text))
    expect(ranks).toEqual([0, 1, 2, 3].map((rank) => `rank ${rank} · late_sender.py`))
    await expect(finding).toContainText('rank 0 had not sent yet')
    await finding.getByRole('button').first().click()
    await page.getByLabel('Next row of the evidence').click()
    await expect(details).toContainText('for a message from rank 0')
    await expect(details).toContainText('after this wait began')
    await expect.poll(arrows).toBeGreaterThan(0)
    await page.keyboard.press('f')
    await picture('mpi-late-sender')
  })

  test('a collective is a band that says who came last', async ({ page, picture, recorded, details, search }) => {
    await recorded('mpi/late_at_collective')
    await search('comm.allreduce')
    await expect(details).toContainText('in allreduce of world')
    await expect(details).toContainText('Came last')
    await details.getByRole('button', { name: 'world' }).click()
    await expect(details).toContainText('The ranks of world were in allreduce')
    await expect(details).toContainText('Waited meanwhile')
    await page.keyboard.press('f')
    await picture('mpi-collective')
  })

  test('a group of tasks over two workers, and how long each lay in the broker', async ({
    page,
    picture,
    recorded,
    details,
    arrows,
    search,
  }) => {
    await recorded('celery/two_workers')
    expect(await laneNames(page)).toEqual(
      expect.arrayContaining(['two_workers.py', 'worker1@kitchen', 'worker2@kitchen']),
    )
    await search('sweep @app.task', 'sweep: @app.task')
    await expect(details).toContainText('two_workers.sweep')
    await expect(details).toContainText('until a worker process took it')
    await page.keyboard.press('3')
    await expect.poll(arrows).toBeGreaterThan(0)
    await page.keyboard.press('f')
    await picture('celery-group')
  })

  test('calls of a remote object, and a server that serves one at a time', async ({
    page,
    picture,
    recorded,
    details,
  }) => {
    await recorded('rpc/server_saturation')
    await page.getByTestId('tab-findings').click()
    const finding = page.locator('.finding[data-rule="server-saturation"]')
    await expect(finding).toContainText('Painter')
    await finding.getByRole('button').first().click()
    await page.getByLabel('Next row of the evidence').click()
    await expect(details).toContainText('for a result from Painter')
    await expect(details).toContainText('Submitted by')
    await page.keyboard.press('f')
    await picture('rpc-saturation')
  })

  test('jobs of a Dask cluster over its workers, and which needs whose result', async ({
    page,
    recorded,
    search,
    details,
    arrows,
    picture,
  }) => {
    await recorded('mapreduce/futures')
    expect(await laneNames(page)).toEqual(
      expect.arrayContaining(['futures.py', 'worker 0', 'worker 1', 'Dask cluster']),
    )
    await search('def add_up')
    await expect(details).toContainText('(add_up) of Dask cluster')
    await expect(details).toContainText('until a worker process took it')
    await page.keyboard.press('3')
    await expect.poll(arrows).toBeGreaterThan(0)
    await picture('dask')
  })

  test('futures over worker processes', async ({ page, picture, recorded, details, arrows, search }) => {
    await recorded('scoop/monte_carlo_pi')
    await search('def throw')
    await expect(details).toContainText('(throw) of SCOOP')
    await expect(details).toContainText('Submitted by')
    await page.keyboard.press('3')
    await expect.poll(arrows).toBeGreaterThan(0)
    await page.keyboard.press('f')
    await picture('scoop')
  })
})

test('a chapter whose packages are not installed offers to install them, and its recipes wait for that', async () => {
  const home = newHome()
  const before = process.env['XDG_CACHE_HOME']
  // an empty cache, and no package index: it is offered, tried, and refused in a sentence
  Object.assign(process.env, { XDG_CACHE_HOME: join(home, 'cache'), PIP_INDEX_URL: 'http://127.0.0.1:9/simple' })
  Object.assign(process.env, { PIP_RETRIES: '0', PIP_FIND_LINKS: '' })
  const shell = await openShell.browser({ home })
  try {
    const { page } = shell
    const offer = page.getByTestId('install-mpi')
    await expect(offer).toContainText('These recipes need mpi4py, mpich.')
    await expect(page.getByTestId('run-mpi/late_sender')).toBeDisabled()
    await expect(page.getByTestId('run-threading/lock_contention')).toBeEnabled()
    await offer.scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(screens, 'browser-install.png') })
    await offer.getByRole('button', { name: 'Install' }).click()
    await expect(page.locator('.toast')).toContainText('pip does not reach the package index')
    await expect(offer.getByRole('button', { name: 'Install' })).toBeEnabled()
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = before
    for (const name of ['PIP_INDEX_URL', 'PIP_RETRIES', 'PIP_FIND_LINKS']) delete process.env[name]
    await shell.close()
    removeHome(home)
  }
})
