// The findings that a trace was saved with, worst first: rules are looked through once, when a recording ends. What to
// know and try is the rule's own text. The file is not trusted: a row that is not whole, or proves itself by a lane that
// is not there, is left out.
import { z } from 'zod'
import type { Finding } from '../../wire/api.ts'
import { rules } from '../diagnose/rules.ts'
import type { Trace } from '../store/database.ts'

const row = z.object({
  rule: z.string(),
  subject: z.string(),
  sentence: z.string(),
  weight: z.number().min(0).max(1),
  evidence: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.array(z.object({ lane: z.number(), time: z.number(), dur: z.number() })).max(1000)),
})

export function storedFindings(trace: Trace): Finding[] {
  return trace.db
    .prepare('SELECT rule, subject, sentence, weight, evidence FROM finding ORDER BY weight DESC, id LIMIT 1000')
    .all()
    .flatMap((stored) => {
      const { success, data } = parse(stored)
      const rule = rules.find(({ name }) => name === data?.rule)
      if (!success || !rule || data.evidence.some(({ lane }) => !trace.lanes[lane])) return []
      return [{ ...data, why: rule.why, tryThis: rule.tryThis }]
    })
}

function parse(stored: unknown) {
  try {
    return row.safeParse(stored)
  } catch {
    return { success: false as const, data: undefined }
  }
}
