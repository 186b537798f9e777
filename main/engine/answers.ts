// What the engine answers to each call of wire/api.ts: arguments that were checked in, an answer or one thrown sentence
// out. One line a call; what takes more lies in main/query (questions of a trace) or beside this file.
import { homedir } from 'node:os'
import { dirname, resolve, sep } from 'node:path'
import type { Answers, Argument, Call, Home } from '../../wire/api.ts'
import { area } from '../query/area.ts'
import { awaits } from '../query/awaits.ts'
import { contention } from '../query/contention.ts'
import { criticalPathInTurns } from '../query/critical-path.ts'
import { flows } from '../query/flows.ts'
import { lanes } from '../query/lanes.ts'
import { parallelismInTurns } from '../query/parallelism.ts'
import { search } from '../query/search.ts'
import { slice, step } from '../query/slice.ts'
import { sql } from '../query/sql.ts'
import { window } from '../query/window.ts'
import { chapterEnvironment, chapterPython, isInstalled, notInstalled } from '../run/chapters.ts'
import { chapterOf, listRecipes, recipeCommand } from '../run/recipes.ts'
import { listTraces, removeTrace } from '../run/traces.ts'
import { inTurns } from './in-turns.ts'
import type { Chapters } from './chapters.ts'
import { compareInTurns } from './compare.ts'
import type { Machine } from './machine.ts'
import { personEnvironment, startFolder } from './person-environment.ts'
import { saveCopy } from './save.ts'
import type { Trace } from '../store/trace.ts'
import type { OpenTrace, Shelf } from './shelf.ts'
import { summary } from './summary.ts'

export type AnswerTable = { [C in Call]: (argument: Argument<C>) => Answers[C] | Promise<Answers[C]> }

export function createAnswers(shelf: Shelf, machine: Machine, chapters: Chapters, folder: string): AnswerTable {
  const on = (number: number) => shelf.at(number).trace
  /** What takes longer is done in turns. */
  const inTurnsOn = <T>(number: number, work: (trace: Trace) => Generator<void, T>) => {
    const trace = on(number)
    return inTurns(work(trace), () => shelf.has(trace))
  }
  return {
    home: () => home(shelf, machine, chapters, folder),
    runStart: async (argument) => ({ trace: (await shelf.record(await whatToRun(argument, folder))).number }),
    install: async ({ chapter }) => {
      await chapters.install(chapter)
      return null
    },
    runStop: ({ trace, how }) => {
      const { recording } = shelf.at(trace)
      if (recording?.state === 'recording') recording.stop(how)
      return { running: recording?.state === 'recording' }
    },
    open: async ({ path }) => ({ trace: (await shelf.open(typedPath(path, folder))).number }),
    close: ({ trace }) => {
      const { recording, path } = shelf.at(trace)
      if (!recording || recording.state === 'finished') shelf.close(path)
      return null
    },
    save: async ({ trace, path }) => ({ path: await saveCopy(shelf.at(trace), typedPath(path, folder)) }),
    remove: ({ path }) => {
      if (dirname(resolve(path)) !== folder) throw new Error('Only traces of the list are removed.')
      shelf.close(path)
      removeTrace(path)
      shelf.listChanged()
      return null
    },
    summary: ({ trace }) => summary(shelf.at(trace)),
    lanes: ({ trace }) => lanes(on(trace)),
    window: ({ trace, ...argument }) => window(on(trace), argument),
    slice: ({ trace, ...argument }) => slice(on(trace), argument),
    step: ({ trace, ...argument }) => step(on(trace), argument),
    flows: ({ trace, ...argument }) => flows(on(trace), argument),
    contention: ({ trace, ...argument }) => contention(on(trace), argument),
    area: ({ trace, ...argument }) => area(on(trace), argument),
    awaits: ({ trace, time }) => awaits(on(trace), time),
    criticalPath: ({ trace, ...argument }) => inTurnsOn(trace, (t) => criticalPathInTurns(t, argument)),
    parallelism: ({ trace, ...argument }) => inTurnsOn(trace, (t) => parallelismInTurns(t, argument)),
    search: ({ trace, text }) => search(on(trace), text, shelf.at(trace).findings),
    findings: ({ trace }) => shelf.at(trace).findings,
    rules: ({ trace }) => shelf.at(trace).rules ?? [],
    compare: ({ trace, with: earlier }) => {
      const paths = earlier.map((path) => typedPath(path, folder))
      return inTurnsOn(trace, () => compareInTurns(shelf.at(trace), paths))
    },
    query: ({ trace, sql: text, limit }) => sql(withRows(shelf.at(trace)), text, limit),
  }
}

/** The path of a trace whose rows can be asked. */
function withRows({ path, recording }: OpenTrace): string {
  if (recording && recording.state !== 'finished')
    throw new Error('Rows for SQL are made when the recording ends: ask again then.')
  return path
}

function home(shelf: Shelf, machine: Machine, chapters: Chapters, folder: string): Home {
  const recordings = shelf.recordings()
  const live = recordings.map((t) => ({
    path: t.path,
    name: t.recording!.name,
    bytes: 0,
    modified: Date.now(),
    unfinished: false,
    recording: true,
  }))
  const saved = listTraces(folder).filter((trace) => !recordings.some((t) => t.path === trace.path))
  const traces = [...live, ...saved]
  return { recipes: listRecipes(), chapters: chapters.list(), traces, missing: machine.missing(), folder }
}

/** A path as a person types it: from the folder of traces, `~` for home. */
export function typedPath(text: string, folder: string): string {
  const path = text.trim()
  if (path === '') throw new Error('Give a path.')
  return resolve(folder, path === '~' || path.startsWith('~' + sep) ? homedir() + path.slice(1) : path)
}

async function whatToRun(argument: Argument<'runStart'>, folder: string) {
  const { recipe, command, cwd, output } = argument
  if ((recipe === undefined) === (command === undefined)) throw new Error('Give a recipe or a command line to run.')
  const where = {
    stdio: 'capture' as const,
    follow: true,
    folder,
    env: personEnvironment(),
    cwd: cwd === undefined ? startFolder() : typedPath(cwd, startFolder()),
    ...(output !== undefined && { output: typedPath(output, folder) }),
  }
  if (command !== undefined) return { ...where, command }
  const found = listRecipes().find(({ id }) => id === recipe)
  if (!found) throw new Error(`There is no recipe "${recipe}".`)
  const python = await chapterPython(chapterOf(found.id))
  if (!isInstalled(python)) throw new Error(notInstalled(python))
  return { ...where, command: recipeCommand(found, python.python), env: chapterEnvironment(python, where.env) }
}
