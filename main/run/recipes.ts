// The recipes: small Python programs under recipes/<chapter>/, described by their own docstrings.
//
//   """Title line
//
//   What to look for: one paragraph.
//
//   expect: contention, convoy        (rules that must find something, all others must not; or: nothing)
//
//   start: mpiexec -n 4 python {recipe}        (where it is not started by `python recipe.py`)
//
//   needs: an NVIDIA GPU                       (where no package brings it: it ends with "This recipe needs an NVIDIA GPU…")
//   """
//
// In: the folder. Out: the recipes in order of their ids, a twin without the fault (`<id>_fixed`) named by its original,
// and the command line of each.
// The list is the folder: a table beside it would have to be kept in step.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Recipe } from '../../wire/api.ts'
import { root } from './root.ts'

const folder = join(root, 'recipes')

export const chapterFolder = (chapter: string): string => join(folder, chapter)
export const recipeFile = (id: string): string => join(folder, `${id}.py`)

export function listRecipes(): Recipe[] {
  const ids = readdirSync(folder, { withFileTypes: true })
    .filter((chapter) => chapter.isDirectory() && !chapter.name.startsWith('_'))
    .flatMap((chapter) =>
      readdirSync(join(folder, chapter.name))
        .filter((name) => name.endsWith('.py'))
        .map((name) => `${chapter.name}/${name.slice(0, -3)}`),
    )
    .sort()
  return ids.map((id) => {
    const recipe = parseRecipe(id, readFileSync(recipeFile(id), 'utf8'))
    const recorded = join(root, 'traces', `${basename(id)}.sqlite`)
    return {
      ...recipe,
      ...(ids.includes(`${id}_fixed`) && { fixed: `${id}_fixed` }),
      ...(recipe.needs !== undefined && existsSync(recorded) && { recorded }),
    }
  })
}

export function parseRecipe(id: string, source: string): Recipe {
  const docstring = /^"""(.+?)"""/s.exec(source)?.[1]
  const [title, shows, ...rest] = docstring?.trim().split(/\n\s*\n/) ?? []
  const said = (what: string) =>
    rest.map((paragraph) => RegExp(`^${what}: *(.+)$`).exec(paragraph)?.[1]).find((text) => text !== undefined)
  const expected = said('expect')
  const start = said('start')
  const needs = said('needs')
  if (!title || !shows || !expected)
    throw new Error(
      `${id}.py needs a docstring with a title line, a paragraph and a line "expect: RULE, …" or "nothing"`,
    )
  return {
    id,
    title,
    shows: shows.replace(/\s*\n\s*/g, ' '),
    expect: expected === 'nothing' ? [] : expected.split(/\s*,\s*/),
    ...(start !== undefined && { start: start.split(/\s+/) }),
    ...(needs !== undefined && { needs }),
    source,
  }
}

/** Its command line; the programs that it names are found on the PATH of its chapter. */
export const recipeCommand = ({ id, start = ['python', '{recipe}'] }: Recipe, python: string): string[] =>
  start.map((word) => (word === 'python' ? python : word === '{recipe}' ? recipeFile(id) : word))

export const chapterOf = (id: string): string => id.slice(0, id.indexOf('/'))
