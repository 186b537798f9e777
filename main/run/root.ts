// The project's folder: where agent/, recipes/ and out/ lie. The same code runs from main/ (tests, plain Node) and from
// out/main/ (built, in chunks), so the folder is found by its package.json and not by counting dots.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export function rootAbove(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'interleave') return dir
    if (dirname(dir) === dir) throw new Error(`no package.json of interleave above ${from}`)
  }
}

export const root = rootAbove(import.meta.dirname)
