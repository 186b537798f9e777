import { expect, test } from 'vitest'
import { recordedEnvironment, site } from './environment.ts'

const prepared = { runFolder: '/runs/a b', core: '/core.so' }

test('the agent is first on the path of modules, what was there stays behind it', () => {
  expect(recordedEnvironment({}, prepared)['PYTHONPATH']).toBe(site)
  expect(recordedEnvironment({ PYTHONPATH: '' }, prepared)['PYTHONPATH']).toBe(site)
  expect(recordedEnvironment({ PYTHONPATH: '/mine:/yours' }, prepared)['PYTHONPATH']).toBe(`${site}:/mine:/yours`)
})

test('a recorded program that records another gives it a recording of its own', () => {
  const outer = recordedEnvironment({ PYTHONPATH: '/mine', LANG: 'C' }, { ...prepared, depth: 4 })
  const inner = recordedEnvironment(outer, { runFolder: '/runs/inner', core: '/core.so' })
  expect(inner).toEqual({
    LANG: 'C',
    PYTHONPATH: `${site}:/mine`,
    INTERLEAVE_RUN: '/runs/inner',
    INTERLEAVE_CORE: '/core.so',
  })
  expect(outer).toMatchObject({ INTERLEAVE_STACK_DEPTH: '4' })
})
