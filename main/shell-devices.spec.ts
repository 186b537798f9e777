// Devices as a person sees them, the same in both shells: a PyOpenCL program whose kernels come while it runs; a recipe, its
// devices with their streams, a kernel with its call and its arrow, in both themes, and the same again when it is reopened.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pythonFor } from '../agent/test/python-with.ts'
import { sliceKinds } from '../wire/kinds.ts'
import { expect } from './shell-launch.ts'
import { idle, laneNames, slicesOf } from './shell-reading.ts'
import { inBothShells, test } from './shell-walk.ts'

test.setTimeout(240_000)

/** It launches kernels until the file `enough` is there. */
function program(home: string): string {
  const path = join(home, 'waves.py')
  writeFileSync(
    path,
    `import os, time
import numpy as np
import pyopencl as cl
home = os.path.dirname(os.path.abspath(__file__))
context = cl.create_some_context(interactive=False)
queue = cl.CommandQueue(context)
source = "__kernel void wave(__global float *sea) { sea[get_global_id(0)] += 1; }"
wave = cl.Kernel(cl.Program(context, source).build(), "wave")
sea = np.zeros(100_000, np.float32)
there = cl.Buffer(context, cl.mem_flags.READ_WRITE, sea.nbytes)
cl.enqueue_copy(queue, there, sea)
until = time.monotonic() + 90  # also when the test has failed
while not os.path.exists(os.path.join(home, "enough")) and time.monotonic() < until:
    wave(queue, sea.shape, None, there)
    queue.finish()
    time.sleep(0.01)
cl.enqueue_copy(queue, sea, there)
`,
  )
  return path
}

inBothShells(() => {
  test('kernels come while the program runs', async ({ page, home, state, snap, search, details }) => {
    const { file } = await pythonFor('gpu')
    await page.getByTestId('run-program').click()
    await page.getByTestId('run-command').fill(`${file} ${program(home)}`)
    await page.getByTestId('run-start').click()
    try {
      await expect
        .poll(() => laneNames(page))
        .toEqual(expect.arrayContaining(['MainThread', 'calls', 'Devices', 'queue']))
      await expect.poll(() => slicesOf(page, [sliceKinds.kernel])).not.toHaveLength(0)
      const before = await slicesOf(page, [sliceKinds.kernel])
      await expect.poll(() => slicesOf(page, [sliceKinds.kernel])).not.toEqual(before)
      await expect(state).toHaveAttribute('data-state', 'recording')
      await snap('devices-live')
    } finally {
      writeFileSync(join(home, 'enough'), '')
    }
    await expect(state).toHaveAttribute('data-state', 'finished')
    await search('kernel wave')
    await expect(details).toContainText('The kernel wave ran for')
    await expect(details).toContainText('100,000 work items')
  })

  test('a recipe: its device, a kernel with its call and its arrow, reopened', async ({
    page,
    recorded,
    search,
    details,
    arrows,
    state,
    picture,
  }) => {
    await recorded('gpu/copy_bound')
    const lanes = await laneNames(page)
    expect(lanes).toEqual(expect.arrayContaining(['MainThread', 'calls', 'Devices', 'on the CPU', 'memory', 'queue']))
    await expect(page.getByTestId('devices')).toContainText('1 device, 80 kernels')
    await page.getByTestId('devices').click()
    await expect(page.getByRole('dialog')).toContainText('80 kernels among them')
    await page.getByTestId('devices').click()
    await expect(page.getByRole('dialog')).toHaveCount(0)

    await search('kernel drop')
    await expect(details).toContainText('The kernel drop ran for')
    await expect(details).toContainText('4,096 work items (64×64)')
    await expect(details).toContainText('MainThread at copy_bound.py')
    await expect(details).toContainText('Its clock')
    const kernel = await details.locator('.sentence').innerText()
    await expect.poll(arrows).toBeGreaterThan(0)
    // an arrow can be followed when its answer has come, after the details'
    const reach = page.getByTestId('reach')
    await expect(reach).toContainText('1 arrow over')
    await picture('devices-kernel')
    // back along the arrow to the call, and forward again
    await page.keyboard.press('[')
    await expect(details).toContainText('MainThread enqueued the kernel drop')
    await expect(reach).toContainText('1 arrow over')
    await page.keyboard.press(']')
    await expect(details).toContainText(kernel)
    await page.keyboard.press('f')
    for (let i = 0; i < 2; i++) {
      await idle(page)
      const theme = await page.evaluate(() => document.documentElement.dataset['theme'])
      await picture(`devices-${theme}`)
      await page.getByTestId('theme').click()
      await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).not.toBe(theme)
    }

    await page.getByTestId('go-home').click()
    await page.getByTestId('trace-row').first().click()
    await expect(state).toHaveAttribute('data-state', 'finished')
    await idle(page)
    expect(await laneNames(page)).toEqual(lanes)
    await search('kernel drop')
    await expect(details).toContainText(kernel)
  })
})
