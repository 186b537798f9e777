// A display list onto a canvas: the only file that touches a canvas context. In: parts in windowPx and the ratio.
// Out: pixels. It decides nothing: what is where and in which colour was said by scene.
import type { DisplayList, FontName, Shape, Strip } from './display-list.ts'

const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'
const fonts: Record<FontName, string> = {
  name: `500 12px ${family}`,
  nameSub: `400 12px ${family}`,
  small: `400 11px ${family}`,
  label: `500 11px ${family}`,
  tick: `400 11px ${family}`,
  group: `600 11.5px ${family}`,
}

/** Make the canvas `width` × `height` windowPx at `ratio`; true when it changed (and is now empty). */
export function resize(canvas: HTMLCanvasElement, width: number, height: number, ratio: number): boolean {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width === w && canvas.height === h) return false
  canvas.width = w
  canvas.height = h
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  return true
}

export function paint(context: CanvasRenderingContext2D, list: DisplayList, ratio: number, ground: string | null) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  const { width, height } = context.canvas
  context.clearRect(0, 0, width, height)
  if (ground) {
    context.fillStyle = ground
    context.fillRect(0, 0, width, height)
  }
  context.textBaseline = 'middle'
  for (const part of list) {
    context.save()
    context.beginPath()
    context.rect(part.clip.x, part.clip.y, part.clip.width, part.clip.height)
    context.clip()
    for (const shape of part.shapes) paintShape(context, shape)
    context.restore()
  }
}

function paintShape(c: CanvasRenderingContext2D, s: Shape) {
  switch (s.shape) {
    case 'strip':
      paintColumns(c, s, c.getTransform().a)
      for (const { fill, x, width } of s.slices) {
        c.fillStyle = fill
        c.fillRect(x, s.y, width, s.height)
      }
      return
    case 'rect':
      if (s.radius) {
        c.beginPath()
        c.roundRect(s.x, s.y, Math.max(0, s.width), s.height, s.radius)
        if (s.fill) fillWith(c, s.fill)
        if (s.stroke) strokeWith(c, s.stroke, s.lineWidth)
        return
      }
      if (s.fill) {
        c.fillStyle = s.fill
        c.fillRect(s.x, s.y, s.width, s.height)
      }
      if (s.stroke) {
        c.strokeStyle = s.stroke
        c.lineWidth = s.lineWidth ?? 1
        c.strokeRect(s.x, s.y, s.width, s.height)
      }
      return
    case 'text':
      c.font = fonts[s.font]
      c.fillStyle = s.fill
      c.textAlign = s.align ?? 'left'
      c.fillText(s.maxWidth === undefined ? s.text : fitted(c, s.text, s.font, s.maxWidth), s.x, s.y + 0.5)
      return
    case 'line':
      c.beginPath()
      c.setLineDash(s.dash ?? [])
      c.moveTo(s.x0, s.y0)
      c.lineTo(s.x1, s.y1)
      strokeWith(c, s.stroke, s.lineWidth)
      c.setLineDash([])
      return
    case 'hatch':
      return hatch(c, s)
    case 'path': {
      const shape = new Path2D(s.d)
      if (s.halo) {
        c.strokeStyle = s.halo
        c.lineWidth = (s.lineWidth ?? 1) + 2.5
        c.lineJoin = 'round'
        c.stroke(shape)
      }
      c.globalAlpha = s.alpha ?? 1
      if (s.fill) {
        c.fillStyle = s.fill
        c.fill(shape)
      }
      if (s.stroke) {
        c.strokeStyle = s.stroke
        c.lineWidth = s.lineWidth ?? 1
        c.stroke(shape)
      }
      c.globalAlpha = 1
    }
  }
}

let plate: { canvas: OffscreenCanvas; context: OffscreenCanvasRenderingContext2D; image: ImageData } | null = null

/** Dot columns, as an image: painting them one rectangle each is what made a dense screen slow. */
function paintColumns(c: CanvasRenderingContext2D, { x, y, columns }: Strip, ratio: number) {
  const { fills, width, tall, dots } = columns
  if (fills.length === 0 || dots.every(isZero)) return
  if (plate?.canvas.width !== width || plate.canvas.height !== tall) {
    const canvas = new OffscreenCanvas(width, tall)
    const context = canvas.getContext('2d', { willReadFrequently: true })!
    plate = { canvas, context, image: context.createImageData(width, tall) }
  }
  const pixels = new Uint32Array(plate.image.data.buffer)
  pixels.fill(0)
  const words = fills.map(word)
  for (let column = 0; column < width; column++) {
    let bottom = tall
    for (let k = 0; k < words.length; k++) {
      const top = bottom - dots[k * width + column]!
      for (let row = top; row < bottom; row++) pixels[row * width + column] = words[k]!
      bottom = top
    }
  }
  plate.context.putImageData(plate.image, 0, 0)
  c.imageSmoothingEnabled = false
  c.drawImage(plate.canvas, x, y, width / ratio, tall / ratio)
}
const isZero = (n: number) => n === 0
/** "#rrggbb" as a pixel of an ImageData, little-endian */
const word = (hex: string) => {
  const n = parseInt(hex.slice(1), 16)
  return (0xff000000 | ((n & 0xff) << 16) | (n & 0xff00) | (n >> 16)) >>> 0
}

function fillWith(c: CanvasRenderingContext2D, fill: string) {
  c.fillStyle = fill
  c.fill()
}
function strokeWith(c: CanvasRenderingContext2D, stroke: string, width = 1) {
  c.strokeStyle = stroke
  c.lineWidth = width
  c.stroke()
}

function hatch(c: CanvasRenderingContext2D, s: Shape & { shape: 'hatch' }) {
  c.save()
  c.beginPath()
  c.rect(s.x, s.y, s.width, s.height)
  c.clip()
  c.beginPath()
  // from a grid of the page, so that hatches of neighbours meet
  const first = Math.floor((s.x - s.height) / 6) * 6
  for (let x = first; x < s.x + s.width; x += 6) {
    c.moveTo(x, s.y + s.height)
    c.lineTo(x + s.height, s.y)
  }
  strokeWith(c, s.stroke, 1.5)
  c.restore()
}

const widths = new Map<string, number>()
function widthOf(c: CanvasRenderingContext2D, text: string, font: FontName) {
  const key = font + text
  let width = widths.get(key)
  if (width === undefined) {
    if (widths.size > 20_000) widths.clear()
    widths.set(key, (width = c.measureText(text).width))
  }
  return width
}

/** The text, or what of it fits with "…"; nothing when not even four letters do. */
function fitted(c: CanvasRenderingContext2D, text: string, font: FontName, room: number): string {
  const full = widthOf(c, text, font)
  if (full <= room) return text
  let keep = Math.floor((text.length * room) / full)
  while (keep > 1 && widthOf(c, text.slice(0, keep) + '…', font) > room) keep--
  return keep > 3 ? text.slice(0, keep).trimEnd() + '…' : ''
}
