import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { look, watchOthers } from './others.ts'

const busy = 'import time\nuntil = time.process_time() + 0.7\nwhile time.process_time() < until: pass'

test('what a child used that was waited for is not of others; what a stranger uses is', async () => {
  const others = watchOthers()
  const before = look()!
  await once(spawn('python3', ['-c', busy], { stdio: 'ignore' }), 'exit')
  const child = look()!
  expect(child.own - before.own).toBeGreaterThanOrEqual(650)
  expect(child.busy - before.busy).toBeGreaterThanOrEqual(650)
  // a grandchild whose parent does not wait for it, but for its output to end: nobody of ours gets its time
  spawnSync('sh', ['-c', `python3 -c '${busy}' &`], { stdio: ['ignore', 'pipe', 'ignore'] })
  const stranger = look()!
  expect(stranger.busy - child.busy).toBeGreaterThanOrEqual(650)
  expect(stranger.own - child.own).toBeLessThan(500)
  expect(others()).toBeGreaterThan(0)
})
