import { expect, test } from 'vitest'
import { heldKeyOf, keyOf, keys } from './keys.ts'

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more })?.does ?? null

test('letters work in both cases, and not with Ctrl', () => {
  expect(press('w')).toBe('zoom in at the mouse')
  expect(press('W', { shiftKey: true })).toBe('zoom in at the mouse')
  expect(press('f', { ctrlKey: true })).toBe(null)
  expect(press('q')).toBe(null)
})
test('back and forward by both habits', () => {
  expect(press('z', { ctrlKey: true })).toBe('back to where the view was')
  expect(press('z', { metaKey: true })).toBe('back to where the view was')
  expect(press('Z', { ctrlKey: true, shiftKey: true })).toBe('and forward again')
  expect(press('ArrowLeft', { altKey: true })).toBe('back to where the view was')
  expect(press('ArrowLeft')).toBe('earlier')
})
test('brackets work on keyboards that need AltGr or Shift for them', () => {
  expect(press(']')).toBe('to the effect')
  expect(press('[', { ctrlKey: true, altKey: true })).toBe('to the cause')
  expect(press(']', { shiftKey: true })).toBe('to the effect')
})
test('a held key is let go whatever else is pressed by then', () => {
  expect(heldKeyOf({ key: 'W' })).toBe('in')
  expect(heldKeyOf({ key: 'ArrowRight' })).toBe('right')
  expect(heldKeyOf({ key: 'f' })).toBe(null)
})
test('no key means two things, and every key in the table that can be pressed does something', () => {
  const all = keys.flatMap((k) => k.press ?? [])
  expect(new Set(all).size).toBe(all.length)
  for (const k of keys.filter((k) => k.press)) expect(Boolean(k.run) || Boolean(k.hold), k.does).toBe(true)
})
