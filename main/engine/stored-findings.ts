// The findings of a trace in its file, worst first: stored once, when a recording ends, and read when it is opened. The
// file is not trusted: a row that is not whole, or proves itself by a lane that is not there, is left out.
import { z } from 'zod'
import type { Finding, RuleAnswer } from '../../wire/api.ts'
import type { Diagnosis } from '../diagnose/diagnose.ts'
import type { Trace } from '../store/database.ts'

const json = <T extends z.ZodType>(of: T) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(of)
const place = z.object({ file: z.string(), line: z.number(), func: z.string(), text: z.string() })
const row = z
  .object({
    rule: z.string(),
    subject: z.string(),
    sentence: z.string(),
    weight: z.number().min(0).max(1),
    why: z.string(),
    try: z.string(),
    sql: z.string(),
    evidence: json(z.array(z.object({ lane: z.number(), time: z.number(), dur: z.number() })).max(1000)),
    parties: json(
      z
        .array(
          z.object({
            name: z.string(),
            lane: z.number(),
            time: z.number(),
            waits: z.string(),
            stack: z.array(place),
            needs: z.array(z.object({ party: z.number(), because: z.string() })),
          }),
        )
        .max(1000),
    ),
  })
  .transform(({ try: tryThis, ...rest }) => ({ ...rest, tryThis }))

export function storedFindings(trace: Trace): Finding[] {
  return trace.db
    .prepare('SELECT * FROM finding ORDER BY weight DESC, id LIMIT 1000')
    .all()
    .flatMap((stored) => {
      const { success, data } = parse(stored)
      if (!success) return []
      const isThere = ({ lane }: { lane: number }) => trace.lanes[lane] !== undefined
      const isWhole =
        data.evidence.every(isThere) &&
        data.parties.every((p) => isThere(p) && p.needs.every(({ party }) => data.parties[party]))
      return isWhole ? [data] : []
    })
}

const answers = json(
  z
    .array(z.object({ rule: z.string(), answer: z.enum(['found', 'clear', 'cannot tell']), because: z.string() }))
    .max(1000),
)
/** What each rule answered when the recording was over. */
export function storedRules(trace: Trace): RuleAnswer[] {
  try {
    return answers.parse(trace.facts.get('rules') ?? '[]')
  } catch {
    return []
  }
}

function parse(stored: unknown) {
  try {
    return row.safeParse(stored)
  } catch {
    return { success: false as const, data: undefined }
  }
}

/** What the rules say of a trace that is over. */
export function storeFindings(trace: Trace, { findings, rules }: Diagnosis): void {
  const insert = trace.db.prepare(
    'INSERT INTO finding (rule, subject, sentence, weight, evidence, why, try, sql, parties) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  trace.db.transaction(() => {
    for (const f of findings)
      insert.run(
        f.rule,
        f.subject,
        f.sentence,
        f.weight,
        JSON.stringify(f.evidence),
        f.why,
        f.tryThis,
        f.sql,
        JSON.stringify(f.parties),
      )
  })()
  trace.setFact('rules', JSON.stringify(rules))
}
