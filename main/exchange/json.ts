// A report as JSON, with the schema that it keeps.
//
// In: a report. Out: one object; `version` is raised when the schema changes in what it promises (a test holds the schema
// of a version fast). Times are ns since the start of the run.
import { z } from 'zod'
import type { Report } from '../query/report.ts'

export const reportVersion = 1

const ns = z.number().nonnegative()
const place = z.object({
  file: z.string().meta({ description: 'relative to `root`, or absolute where it lies outside' }),
  line: z.number().int(),
  func: z.string(),
  text: z.string().meta({ description: "the source line, '' when it could not be read" }),
})
const exit = z.union([z.number().int(), z.string(), z.null()]).meta({
  description: 'exit code, or the name of the signal; null: nobody saw it end',
})

export const reportSchema = z
  .object({
    version: z.literal(reportVersion).meta({ description: 'of this schema' }),
    interleave: z.string().meta({ description: 'the version that wrote it' }),
    summary: z.object({
      path: z.string(),
      name: z.string().meta({ description: 'of the program' }),
      command: z.array(z.string()),
      startedAt: z.number().meta({ description: 'ms since 1970' }),
      end: ns.meta({ description: 'ns: how long the recording is' }),
      state: z.enum(['recording', 'finishing', 'finished']),
      exit,
      events: z.number().int(),
      slices: z.number().int(),
      threads: z.number().int(),
      tasks: z.number().int(),
      objects: z.number().int(),
      processes: z.array(
        z.object({
          pid: z.number().int(),
          name: z.string(),
          ended: z.enum(['running', 'clean', 'cut', 'unseen']),
          exit,
          start: z.number(),
          end: z.number().nullable(),
        }),
      ),
      hosts: z.array(
        z.object({
          name: z.string(),
          uncertainty: z
            .number()
            .nullable()
            .meta({ description: 'ns that its times may be off, either way; null = unknown' }),
          clock: z.string().meta({ description: 'how its clock was placed; empty where there is only one' }),
        }),
      ),
      devices: z.array(
        z.object({
          name: z.string(),
          note: z.string().meta({ description: 'simulated, on the CPU; empty: it is a device of its own' }),
          sentence: z.string().meta({ description: 'what it is, who runs it, how its clock was placed' }),
          uncertainty: z
            .number()
            .nullable()
            .meta({ description: 'ns that its times may be off, either way; null = unknown' }),
          commands: z.number().int(),
          kernels: z.number().int(),
        }),
      ),
      losses: z
        .array(z.object({ what: z.string(), count: z.number().int(), sentence: z.string() }))
        .meta({ description: 'what the recording does not have' }),
      cost: z.object({ perEvent: ns, total: ns }).meta({ description: 'ns that recording took from the program' }),
      notes: z.array(z.string()),
      output: z.string().meta({ description: 'the last part of what the program printed' }),
    }),
    root: z.string().meta({ description: 'the folder that places are relative to' }),
    failOn: z.array(z.string()).meta({ description: 'as --fail-on named them' }),
    failed: z.array(z.string()).meta({ description: 'the rules of --fail-on that found something: exit code 3' }),
    findings: z
      .array(
        z.object({
          rule: z.string(),
          subject: z.string(),
          sentence: z.string(),
          why: z.string(),
          tryThis: z.string(),
          weight: z.number().min(0).max(1).meta({ description: 'share of the run that it cost; 1 for a deadlock' }),
          fails: z.boolean().meta({ description: 'it makes the check of --fail-on fail' }),
          places: z.array(place),
          evidence: z.array(z.object({ lane: z.number().int(), time: z.number(), dur: z.number() })),
          sql: z.string().meta({ description: 'a query of the trace whose rows prove it' }),
          parties: z
            .array(
              z.object({
                name: z.string(),
                lane: z.number().int(),
                time: z.number(),
                waits: z.string(),
                stack: z.array(place),
                needs: z.array(z.object({ party: z.number().int(), because: z.string() })),
              }),
            )
            .meta({ description: 'those who wait for each other' }),
        }),
      )
      .meta({ description: 'worst first' }),
    rules: z.array(
      z.object({ rule: z.string(), answer: z.enum(['found', 'clear', 'cannot tell']), because: z.string() }),
    ),
    contention: z
      .array(
        z.object({
          name: z.string(),
          kind: z.string(),
          site: z.string().meta({ description: 'the line that made it' }),
          total: ns,
          count: z.number().int(),
          longest: ns,
          mean: ns,
          holders: z.array(z.object({ thread: z.string(), site: z.string(), dur: ns })),
        }),
      )
      .meta({ description: 'what was waited for, most first' }),
    path: z
      .object({
        from: z.number(),
        to: z.number(),
        sums: z.array(
          z.object({ by: z.enum(['actor', 'object', 'line']), name: z.string(), dur: ns, share: z.number() }),
        ),
        whatIf: z
          .array(z.object({ name: z.string(), dur: ns, share: z.number() }))
          .meta({ description: 'how much shorter, at most, if nobody had to wait for it' }),
        because: z.string().meta({ description: 'why it is not whole; empty: it is' }),
      })
      .meta({ description: 'the critical path: what decided how long the run took' }),
    parallelism: z.object({
      from: z.number(),
      to: z.number(),
      mean: z.number().meta({ description: 'of how many ran at once' }),
      spread: z.array(ns).meta({ description: 'ns in which exactly so many ran: the first is nobody' }),
      because: z.string(),
    }),
  })
  .meta({
    title: 'Interleave report',
    description: 'interleave report FILE --json. Times are ns since the start of the run.',
  })

export const reportJsonSchema = (): string => JSON.stringify(z.toJSONSchema(reportSchema), null, 2) + '\n'

export function reportJson({
  version,
  summary,
  root,
  failOn,
  findings,
  rules,
  contention,
  path,
  parallelism,
}: Report): string {
  const { trace: _trace, rows: _rows, diagnosed: _diagnosed, processes, ...s } = summary
  const told: z.infer<typeof reportSchema> = {
    version: reportVersion,
    interleave: version,
    summary: {
      ...s,
      processes: processes.map(({ pid, name, ended, exit, start, end }) => ({ pid, name, ended, exit, start, end })),
    },
    root,
    failOn,
    failed: [...new Set(findings.filter((finding) => finding.fails).map(({ rule }) => rule))],
    findings,
    rules: rules.map(({ rule, answer, because }) => ({ rule, answer, because })),
    contention: contention.map(({ object: _object, lane: _lane, longestAt: _at, ...c }) => c),
    path: {
      ...path,
      sums: path.sums.map(({ lane: _lane, ...sum }) => sum),
      whatIf: path.whatIf.map(({ object: _object, ...what }) => what),
    },
    parallelism,
  }
  return JSON.stringify(told, null, 2) + '\n'
}
