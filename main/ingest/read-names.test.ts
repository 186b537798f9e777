import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NamesFile } from './read-names.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-names-'))
  file = join(folder, '1-0.names')
})
afterEach(() => rmSync(folder, { recursive: true }))

const note = (text: string) => ({ k: 'note', text })
const line = (text: string) => JSON.stringify(note(text)) + '\n'

test('what is behind the last line is not there yet; a line with zeros in it is not whole', () => {
  const whole = line('one') + line('two')
  writeFileSync(file, whole + '\0'.repeat(4096))
  const names = new NamesFile(file)
  expect(names.poll()).toEqual([note('one'), note('two')])
  expect(names.poll()).toEqual([])
  // its end is seen before its middle
  const three = line('three')
  writeFileSync(file, whole + three.slice(0, 5) + '\0'.repeat(5) + three.slice(10) + '\0'.repeat(100))
  expect(names.poll()).toEqual([])
  writeFileSync(file, whole + three + '\0'.repeat(100))
  expect(names.poll()).toEqual([note('three')])
  expect(names.torn).toBe(0)
  names.close()
})

test('lines over the edges of what is read at once, and longer than it', () => {
  const texts = Array.from({ length: 300 }, (_, n) => String(n).padEnd(n === 150 ? 300_000 : n * 7, 'ü'))
  writeFileSync(file, texts.map(line).join(''))
  const names = new NamesFile(file)
  expect(names.poll()).toEqual(texts.map(note))
  appendFileSync(file, line('more'))
  expect(names.poll()).toEqual([note('more')])
  names.close()
})

test('what is not JSON is counted, as is an empty line: one found no room', () => {
  writeFileSync(file, `hello\n{"k":"note"\n\n[1]\n${line('one')}`)
  const names = new NamesFile(file)
  expect(names.poll()).toEqual([note('one')])
  expect(names.torn).toBe(4)
  names.close()
})
