import { expect, test } from 'vitest'
import { sliceKinds } from '../wire/kinds.ts'
import type { Recipe } from '../wire/api.ts'
import { chapterName, chaptersOf, commandOf, ruleName, sliceWord } from './words.ts'

const recipe = (id: string, fixed?: string, expect: string[] = []) =>
  ({ id, ...(fixed && { fixed }), expect }) as Recipe

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

test('a chapter starts with what shows one fault, and ends with what shows none', () => {
  const own = [
    recipe('threading/barrier'),
    recipe('threading/convoy', undefined, ['contention', 'convoy']),
    recipe('threading/lock', undefined, ['contention']),
  ]
  expect(chaptersOf(own)[0]![1].map((r) => r.id)).toEqual(['threading/lock', 'threading/convoy', 'threading/barrier'])
})

test('chapters come in the order in which one would read them, unknown ones last', () => {
  const chapters = chaptersOf(['asyncio/tasks', 'cooking/soup', 'gil/cpu', 'threading/lock'].map((id) => recipe(id)))
  expect(chapters.map(([chapter]) => chapter)).toEqual(['threading', 'gil', 'asyncio', 'cooking'])
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

test('what is missing is told apart from the command that adds it', () => {
  expect(commandOf('the headers of Python (Python.h) are missing: apt-get install python3-dev')).toEqual([
    'The headers of Python (Python.h) are missing',
    'apt-get install python3-dev',
  ])
  expect(commandOf('no disk: ')).toEqual(['No disk', ''])
  expect(commandOf('nothing to add')).toEqual(['Nothing to add', ''])
})
