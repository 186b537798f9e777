import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generated } from './generate.ts'

test.each(Object.entries(generated))('%s is what the tables say', (path, text) => {
  expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text())
})
