import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { watchChapters } from './chapters.ts'

const cache = mkdtempSync(join(tmpdir(), 'interleave-cache-'))
process.env['XDG_CACHE_HOME'] = cache
Object.assign(process.env, { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0', PIP_FIND_LINKS: '' })
afterAll(() => rmSync(cache, { recursive: true }))

test('a chapter is missing, is being installed, and is missing again with one sentence when that fails', async () => {
  const states: string[] = []
  let seen = () => {}
  const looked = new Promise<void>((resolve) => (seen = resolve))
  const chapters = watchChapters(() => {
    const { state, progress } = chapters.list().find(({ chapter }) => chapter === 'mpi')!
    states.push(`${state} ${progress}`.trim())
    seen()
  })
  expect(chapters.list()).toEqual([])
  await looked
  expect(chapters.list().find(({ chapter }) => chapter === 'mpi')!.packages).toEqual(['mpi4py', 'mpich'])
  const twice = [chapters.install('mpi'), chapters.install('mpi')]
  for (const asked of twice) await expect(asked).rejects.toThrow('pip does not reach the package index')
  expect(states[0]).toBe('missing')
  expect(states).toContain('installing making the environment')
  expect(states.filter((state) => state === 'installing making the environment')).toHaveLength(1)
  expect(states.at(-1)).toBe('missing')
  await expect(chapters.install('threading')).rejects.toThrow('No chapter "threading" needs packages.')
})
