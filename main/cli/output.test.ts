import { expect, test } from 'vitest'
import { doctorText } from './doctor.ts'
import { table } from './output.ts'
import { csvLine, jsonRows } from './query.ts'

test('columns are as wide as they have to be, numbers to the right, one line a row', () => {
  expect(
    table(
      ['name', 'n', 'mixed'],
      [
        ['ключ', 7, 1],
        [null, 1234, 'two\n  lines'],
      ],
    ),
  ).toBe(
    [
      'name     n  mixed', //
      '────  ────  ─────────',
      'ключ     7  1',
      '      1234  two lines',
    ].join('\n'),
  )
  expect(table(['a'], [])).toBe('a\n─')
})

test('a row of CSV is quoted where it has to be', () => {
  expect(csvLine([1, null, '', 'plain', 'a,b', 'say "no"', 'two\nlines'])).toBe(
    '1,,"",plain,"a,b","say ""no""","two\nlines"\r\n',
  )
})

test('JSON is a list of objects, a row a line', () => {
  expect(jsonRows(['a', 'b'], [])).toBe('[\n]')
  expect(
    jsonRows(
      ['a', 'b'],
      [
        [1, 'x'],
        [null, ''],
      ],
    ),
  ).toBe('[\n  {"a":1,"b":"x"},\n  {"a":null,"b":""}\n]')
})

test('doctor says what is missing and what adds it', () => {
  const check = {
    name: 'C compiler',
    for: 'recording' as const,
    ok: false,
    found: 'there is no C compiler',
    add: 'apt-get install gcc',
  }
  expect(doctorText([check])).toContain('missing  C compiler  there is no C compiler\n')
  expect(doctorText([check])).toContain('add it: apt-get install gcc')
  expect(doctorText([{ ...check, ok: true, add: '' }])).toContain('ok       C compiler')
})
