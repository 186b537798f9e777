// Every recipe, for real: run under the real agent, ingested, diagnosed, and what was found compared with what its
// docstring expects: no rule less, no rule more; then what one is told to look at (facts.sql) is looked for in the trace.
// One that deadlocks is watched until the rule says so; it ends by a watchdog of its own, else it is stopped.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examine } from '../main/diagnose/diagnose.ts'
import { startRecording, type Recording } from '../main/recording.ts'
import { buildCore } from '../main/run/build-core.ts'
import { chapterEnvironment, chapterPython, installPackages } from '../main/run/chapters.ts'
import { chapterOf, listRecipes, recipeCommand } from '../main/run/recipes.ts'
import type { Recipe } from '../wire/api.ts'
import { openTrace } from '../main/store/database.ts'
import { readFacts, told } from './facts.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-recipes-'))
const chapters = [...new Set(listRecipes().map(({ id }) => chapterOf(id)))]
beforeAll(async () => {
  await buildCore()
  for (const chapter of chapters) await installPackages(await chapterPython(chapter), () => {})
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true }))

const record = async (recipe: Recipe): Promise<Recording> => {
  const { id } = recipe
  const python = await chapterPython(chapterOf(id))
  return startRecording({
    command: recipeCommand(recipe, python.python),
    env: chapterEnvironment(python),
    output: join(folder, `${id.replace('/', '-')}.sqlite`),
    stdio: 'capture',
    follow: true,
  })
}
const rulesFound = (recording: Recording) => [...new Set(examine(recording.trace).findings.map((f) => f.rule))].sort()

/** Softly first, as a person would: a thread that waits for a lock for ever does not hear an interrupt. */
const stop = async (recording: Recording) => {
  for (const how of ['interrupt', 'terminate', 'kill'] as const) {
    recording.stop(how)
    const over = await Promise.race([recording.ended.then(() => true), delay(1000, false)])
    if (over) return
  }
}

/** It has a watchdog in C: no thread of Python that could let another one go on. */
const endsItself = (source: string) => source.includes('dump_traceback_later')

const facts = readFacts()
test('facts are of recipes that there are, and all that use more than threads have some', () => {
  const ids = listRecipes().flatMap(({ id, needs }) => (needs === undefined ? [id] : []))
  expect([...facts.keys()]).toEqual(ids.filter((id) => !id.startsWith('threading/')))
})

describe.concurrent('what each recipe shows is found, and nothing else', () => {
  for (const recipe of listRecipes()) {
    const { id, expect: expected, source } = recipe
    test(id, async ({ onTestFinished }) => {
      const recording = await record(recipe)
      onTestFinished(() => recording.stop('kill'))
      if (expected.includes('deadlock')) {
        const over = recording.done.then(() => true)
        while (!rulesFound(recording).includes('deadlock')) if (await Promise.race([delay(50, false), over])) break
        if (!endsItself(source)) await stop(recording)
      }
      const { ended, unseen } = await recording.done
      expect(unseen).toBeNull()
      const { needs } = recipe
      if (needs !== undefined && ended?.code === 1) {
        expect(recording.output()).toMatch(RegExp(`^This recipe needs ${needs}: .+\n$`))
        expect(rulesFound(recording)).toEqual([])
        return recording.trace.db.close()
      }
      if (!expected.includes('deadlock')) expect(ended, recording.output()).toEqual({ code: 0, signal: null })
      const { findings, rules } = examine(recording.trace)
      for (const { sentence, sql } of findings)
        expect(recording.trace.db.prepare(sql).all().length, `rows that prove: ${sentence}`).toBeGreaterThan(0)
      const sentences = findings.map((f) => `${f.rule}: ${f.sentence}`)
      expect(rulesFound(recording), sentences.join('\n')).toEqual([...expected].sort())
      expect(rules.filter((r) => r.answer === 'cannot tell')).toEqual([])
      for (const { says, sql, answer } of facts.get(id) ?? [])
        expect(told(recording.trace.db.prepare(sql).raw().all() as unknown[][]), says).toBe(answer)
      recording.trace.db.close()
      // whoever opens the file finds the same
      const again = openTrace(recording.trace.path)
      expect(new Set(examine(again).findings.map((f) => `${f.rule}: ${f.sentence}`))).toEqual(new Set(sentences))
      again.db.close()
    })
  }
})
