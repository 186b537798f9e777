import { expect, test } from 'vitest'
import { rules } from '../main/diagnose/rules.ts'
import { sliceKinds } from '../wire/kinds.ts'
import type { AwaitNode, Recipe } from '../wire/api.ts'
import {
  awaitVerb,
  chapterName,
  chaptersOf,
  commandOf,
  explanation,
  ruleLooksFor,
  ruleName,
  sliceWord,
  stateWord,
} from './words.ts'

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

test('what a hold is, is said of what is held', () => {
  expect(stateWord(sliceKinds.hold, 'lock')).toBe('held, nobody waits')
  expect(stateWord(sliceKinds.holdContended, 'loop')).toBe('a step, while others wait for their turn')
  expect(stateWord(sliceKinds.hold, 'gil')).toBe('runs Python code')
  expect(explanation(sliceKinds.hold, 'gil')).toContain('runs Python code')
  expect([explanation(sliceKinds.hold, 'lock'), explanation(sliceKinds.lock)]).toEqual(['', ''])
})

test('in the graph of who awaits whom, a verb leads to the next node or stands alone', () => {
  const verb = (doing: AwaitNode['doing'], kind: AwaitNode['kind'], leaf: boolean, name = 'x') =>
    awaitVerb({ doing, kind, name }, leaf)
  expect(verb(sliceKinds.task, 'task', false)).toBe('awaits')
  expect(verb(sliceKinds.sleep, 'task', true)).toBe('sleeps')
  expect(verb(sliceKinds.stall, 'task', true)).toBe('blocks the loop')
  expect(verb(null, 'lock', false)).toBe('held by')
  expect(verb(null, 'loop', false)).toBe('runs a step of')
  expect(verb(null, 'queue', true, 'jobs')).toBe('queue')
  expect(verb(null, 'pool', true, 'pool')).toBe('')
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

test('every rule says what it looks for', () => {
  expect(rules.filter((rule) => ruleLooksFor(rule.name) === '').map((rule) => rule.name)).toEqual([])
})

test('a chapter begins with what a newcomer should see first', () => {
  const [[, own]] = chaptersOf([
    recipe('threading/barrier', undefined, ['imbalance']),
    recipe('threading/lock_order', undefined, ['deadlock', 'lock-order']),
    recipe('threading/lock_contention', undefined, ['contention']),
  ]) as [[string, Recipe[]]]
  expect(own.map((r) => r.id)).toEqual(['threading/lock_contention', 'threading/lock_order', 'threading/barrier'])
})
