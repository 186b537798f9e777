// What a spec reads off the page: the display list of the timeline instead of its pixels, and when it has come to rest.
import type { Page } from '@playwright/test'
import { sliceKinds } from '../wire/kinds.ts'
import { expect } from './shell-launch.ts'

interface Item {
  x0: number
  x1: number
  kind: number
  count: number
}
type Shape = { shape: string; text?: string; lane?: number; items?: { length: number; at(i: number): Item } }
type Reading = { interleaveTest?: { displayList(): { name: string; shapes: Shape[] }[] } }

/** Everything that was asked has been answered and drawn. */
export const idle = (page: Page) => expect(page.locator('.timeline[data-idle="true"]')).toBeVisible()

/** Shapes of a part of the timeline, without what cannot leave the page. */
export const shapesOf = (page: Page, part: string): Promise<Shape[]> =>
  page.evaluate((name) => {
    const list = (globalThis as unknown as Reading).interleaveTest?.displayList() ?? []
    return list.filter((p) => p.name === name).flatMap((p) => p.shapes.map(({ items: _, ...shape }) => shape))
  }, part)

/** Names of the lanes as they are written beside the timeline, from above. */
export const laneNames = async (page: Page): Promise<string[]> =>
  (await shapesOf(page, 'names')).flatMap((shape) => (shape.text === undefined ? [] : [shape.text]))

/** Slices of these kinds, where they are drawn now: the first 200. */
export const slicesOf = (page: Page, kinds: readonly number[]): Promise<Item[]> =>
  page.evaluate((kinds) => {
    const list = (globalThis as unknown as Reading).interleaveTest?.displayList() ?? []
    return list
      .flatMap((part) => part.shapes)
      .flatMap(({ items }) => (items ? Array.from({ length: items.length }, (_, i) => items.at(i)) : []))
      .filter(({ kind }) => kinds.includes(kind))
      .slice(0, 200)
      .map(({ x0, x1, kind, count }) => ({ x0, x1, kind, count }))
  }, kinds)

/** Slices of locks that are held, where they are drawn now. */
export const heldSlices = (page: Page): Promise<Item[]> => slicesOf(page, [sliceKinds.hold, sliceKinds.holdContended])

/** A file of this machine let go over the window, with its path where the shell can know it (Electron). */
export async function dropFile(page: Page, path: string): Promise<void> {
  // Only a real <input type=file> gives a page a File that the system knows by path.
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'dropped'
    document.body.append(input)
  })
  await page.locator('#dropped').setInputFiles(path)
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#dropped')!
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(input.files![0]!)
    input.remove()
    document
      .querySelector('.window')!
      .dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  })
}
