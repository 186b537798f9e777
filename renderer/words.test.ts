import { expect, test } from 'vitest'
import { sliceKinds } from '../wire/kinds.ts'
import type { Recipe } from '../wire/api.ts'
import { chapterName, chaptersOf, ruleName, sliceWord } from './words.ts'

const recipe = (id: string, fixed?: string) => ({ id, ...(fixed && { fixed }) }) as Recipe

test('a fixed twin has no place of its own, unless it is nobody’s twin', () => {
  const chapters = chaptersOf([
    recipe('threading/convoy', 'threading/convoy_fixed'),
    recipe('threading/convoy_fixed'),
    recipe('mpi/late_sender'),
    recipe('threading/lonely_fixed'),
  ])
  expect(chapters.map(([c, r]) => [c, r.map((x) => x.id)])).toEqual([
    ['threading', ['threading/convoy', 'threading/lonely_fixed']],
    ['mpi', ['mpi/late_sender']],
  ])
})

test('every kind of slice has words', () => {
  const words = Object.values(sliceKinds).map(sliceWord)
  expect(words.filter((w) => w.startsWith('kind '))).toEqual([])
  expect(new Set(words).size).toBe(words.length)
})

test('rules and chapters read as words', () => {
  expect(ruleName('potential-deadlock')).toBe('potential deadlock')
  expect([chapterName('threading'), chapterName('gpu_streams')]).toEqual(['Threads', 'Gpu streams'])
})
