// Writes the C header and the Python constants from kinds.ts, record.ts and side-file.ts. Run by `npm run generate`;
// generate.test.ts fails when a generated file is not what this would write.
import { writeFileSync } from 'node:fs'
import { complaints, eventKinds, flags, objectKinds, outcomes, reasons, starts } from './kinds.ts'
import { accesses, closings, collectives, commands, stages } from './operations.ts'
import * as record from './record.ts'
import { environment } from './side-file.ts'

const snake = (s: string) => s.replace(/[A-Z]/g, (c) => '_' + c.toLowerCase())
const upper = (s: string) => snake(s).toUpperCase()

/** [name, value] of every constant that the agent needs, in the order of the tables. */
function constants(): [string, number][] {
  const table = (prefix: string, t: Record<string, number>): [string, number][] =>
    Object.entries(t).map(([k, v]) => [`${prefix}_${upper(k)}`, v])
  return [
    ['WIRE_VERSION', record.wireVersion],
    ['MAGIC', record.magic],
    ['HEADER_BYTES', record.headerBytes],
    ['CHUNK_BYTES', record.chunkBytes],
    ['CHUNK_HEADER_BYTES', record.chunkHeaderBytes],
    ['RECORD_BYTES', record.recordBytes],
    ['RECORDS_PER_CHUNK', record.recordsPerChunk],
    ['UNDER_WAY', record.underWay],
    ...table('HEADER', record.header),
    ...table('FIELD', record.field),
    ...table('EV', eventKinds),
    ...table('OBJ', objectKinds),
    ...table('WHY', reasons),
    ...table('OUTCOME', outcomes),
    ...table('START', starts),
    ...table('COMPLAINT', complaints),
    ...table('COLLECTIVE', collectives),
    ...table('ACCESS', accesses),
    ...table('CLOSING', closings),
    ...table('COMMAND', commands),
    ...table('STAGE', stages),
    ...table('FLAG', flags),
  ]
}

const note = 'Written by wire/generate.ts from wire/*.ts; change those and run `npm run generate`.'

export function cHeader(): string {
  const lines = constants().map(([k, v]) => `#define IL_${k} ${v}`)
  const env = Object.entries(environment).map(([k, v]) => `#define IL_ENV_${upper(k)} "${v}"`)
  return `/* ${note} */\n#ifndef INTERLEAVE_WIRE_H\n#define INTERLEAVE_WIRE_H\n${lines.join('\n')}\n${env.join('\n')}\n#endif\n`
}

export function pythonConstants(): string {
  const lines = constants().map(([k, v]) => `${k} = ${v}`)
  const env = Object.entries(environment).map(([k, v]) => `ENV_${upper(k)} = '${v}'`)
  return `"""${note}"""\n\n${lines.join('\n')}\n${env.join('\n')}\n`
}

/** path from the project's root → text */
export const generated = {
  'agent/core/wire.h': cHeader,
  'agent/interleave_agent/wire.py': pythonConstants,
}

if (import.meta.main)
  for (const [path, text] of Object.entries(generated)) writeFileSync(new URL(`../${path}`, import.meta.url), text())
