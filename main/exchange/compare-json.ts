// A comparison as JSON, with the schema that it keeps. In: a Comparison. Out: one object; `version` is raised when the
// schema changes in what it promises. Times are ns.
import { z } from 'zod'
import type { Comparison } from '../../wire/comparison.ts'

export const comparisonVersion = 1

const runs = z.object({
  name: z.string().meta({ description: 'of the program' }),
  runs: z.array(z.object({ path: z.string(), dur: z.number() })),
})
const measured = z
  .object({
    before: z.array(z.number()).meta({ description: 'what each run had' }),
    after: z.array(z.number()),
    difference: z.number().meta({ description: 'mean after less mean before: negative is better' }),
    interval: z
      .object({ from: z.number(), to: z.number() })
      .nullable()
      .meta({ description: 'the difference lies in it, 95 % sure; null: one run on each side' }),
    change: z.enum(['better', 'worse', 'same']).meta({ description: 'same: no difference that these runs can show' }),
    sure: z.boolean().meta({ description: 'false: with so few runs a difference may be noise' }),
  })
  .meta({ id: 'measured' })
const side = z.object({
  found: z.number().int().meta({ description: 'runs that have it' }),
  of: z.number().int().meta({ description: 'runs whose rule could tell' }),
  weight: z.number(),
})

export const comparisonSchema = z
  .object({
    version: z.literal(comparisonVersion).meta({ description: 'of this schema' }),
    before: runs,
    after: runs,
    sentence: z.string(),
    duration: measured,
    findings: z.array(
      z.object({
        rule: z.string(),
        subject: z.string(),
        change: z.enum(['new', 'gone', 'worse', 'better', 'same', 'cannot tell']),
        sure: z.boolean(),
        before: side,
        after: side,
        because: z.string(),
        sentence: z.string(),
        why: z.string(),
        tryThis: z.string(),
      }),
    ),
    waits: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        site: z.string(),
        total: measured,
        count: z.object({ before: z.number(), after: z.number() }),
      }),
    ),
    notes: z.array(z.string()).meta({ description: 'what makes it doubtful' }),
  })
  .meta({ title: 'Interleave comparison', description: 'interleave compare BEFORE AFTER --json. Times are ns.' })

export const compareJsonSchema = (): string => JSON.stringify(z.toJSONSchema(comparisonSchema), null, 2) + '\n'

export function compareJson({ waits, ...told }: Comparison): string {
  const json: z.infer<typeof comparisonSchema> = {
    version: comparisonVersion,
    ...told,
    waits: waits.map(({ object: _object, lane: _lane, ...w }) => w),
  }
  return JSON.stringify(json, null, 2) + '\n'
}
