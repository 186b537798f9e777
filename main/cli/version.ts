// The version of Interleave, from its package.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run/root.ts'

export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
