// The same assertions hold plain and recorded (test/behaves_as_before.py), test by test.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pythons, record, unrecorded } from './test/run-python.ts'

const source = readFileSync(join(import.meta.dirname, 'test/behaves_as_before.py'), 'utf8')
const results = (err: string) =>
  err
    .split('\n')
    .filter((line) => / \.\.\. /.test(line))
    .sort()

test.each(pythons)('Python 3.$minor behaves as before', (python) => {
  const plain = unrecorded(python, source)
  const recorded = record(python, source)
  expect(plain.status, plain.err).toBe(0)
  expect(recorded.status, recorded.err).toBe(0)
  expect(results(recorded.err)).toEqual(results(plain.err))
  expect(results(plain.err).length).toBeGreaterThan(15)
})
