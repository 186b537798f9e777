// Colours by the numbers: contrast after WCAG 2, colour blindness after Machado et al. 2009 (full severity), distance
// in OKLab × 100, where about 2 is the least that an eye tells apart side by side and 8 is told apart across a screen.
import { describe, expect, test } from 'vitest'
import { meanings } from '../wire/meanings.ts'
import { cssVariables, themes, type Theme } from './theme.ts'

type Vec = [number, number, number]
const sight: Record<string, [Vec, Vec, Vec]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
const linear = (hex: string) =>
  [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as Vec
const dot = (a: Vec, b: Vec) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const seen = (hex: string, m: [Vec, Vec, Vec]) => m.map((row) => Math.min(1, Math.max(0, dot(row, linear(hex))))) as Vec
function oklab(c: Vec): Vec {
  const lms: Vec = [
    Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], c)),
    Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], c)),
    Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], c)),
  ]
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ]
}
const luminance = (hex: string) => dot([0.2126, 0.7152, 0.0722], linear(hex))
function contrast(a: string, b: string) {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (bright + 0.05) / (dark + 0.05)
}

describe.each(Object.values(themes))('$name', (t: Theme) => {
  test.each(Object.entries(sight))('any two meanings are apart: %s', (_, m) => {
    const close = meanings.flatMap((a, i) =>
      meanings.slice(i + 1).flatMap((b) => {
        const [x, y] = [oklab(seen(t.meaning[a], m)), oklab(seen(t.meaning[b], m))]
        const distance = 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2])
        return distance < 9 ? [`${a}–${b} ${distance.toFixed(1)}`] : []
      }),
    )
    expect(close).toEqual([])
  })

  test('a label is readable on its colour, text is readable on every surface', () => {
    for (const m of meanings) expect(contrast(t.meaning[m], t.onMeaning[m]), m).toBeGreaterThanOrEqual(4.5)
    const { surface, raised, zebra, overlay, ink, inkQuiet, inkFaint, accent, onAccent } = t.page
    for (const behind of [surface, raised, zebra, overlay])
      for (const text of [ink, inkQuiet, inkFaint])
        expect(contrast(behind, text), `${text} on ${behind}`).toBeGreaterThanOrEqual(4.2)
    expect(contrast(accent, onAccent)).toBeGreaterThanOrEqual(4.5)
  })

  test('what costs time stands out of the surface, what does not is quiet', () => {
    const { surface } = t.page
    for (const m of ['waitLock', 'waitSignal', 'waitMessage'] as const)
      expect(contrast(t.meaning[m], surface), m).toBeGreaterThanOrEqual(3)
    for (const m of ['running', 'sleep'] as const) expect(contrast(t.meaning[m], surface), m).toBeLessThan(3)
  })

  test('CSS gets the same colours', () => {
    const css = Object.fromEntries(cssVariables(t))
    expect(css['--wait-lock']).toBe(t.meaning.waitLock)
    expect(css['--on-wait-lock']).toBe(t.onMeaning.waitLock)
    expect(css['--ink-quiet']).toBe(t.page.inkQuiet)
  })
})
