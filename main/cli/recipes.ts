// `interleave recipes`: list them, show one with its source, install what a chapter needs, run and record one.
import { existsSync } from 'node:fs'
import type { Recipe } from '../../wire/api.ts'
import {
  chapterEnvironment,
  chapterPython,
  chaptersWithPackages,
  installPackages,
  isInstalled,
  type ChapterPython,
} from '../run/chapters.ts'
import { chapterFolder, chapterOf, listRecipes, recipeCommand, recipeFile } from '../run/recipes.ts'
import { Failure, print, tell } from './output.ts'
import { record, type RecordOptions } from './record.ts'

export async function list({ json }: { json?: boolean }): Promise<number> {
  const recipes = listRecipes()
  if (json) print(JSON.stringify(recipes, null, 2))
  else print(recipes.map((recipe) => `${recipe.id}\n    ${recipe.title}${needed(recipe)}`).join('\n'))
  return 0
}

const needed = ({ needs, recorded }: Recipe) =>
  (needs === undefined ? '' : ` (needs ${needs})`) + (recorded ? `\n    interleave open ${recorded}` : '')

export async function show(id: string): Promise<number> {
  const recipe = find(id)
  const twin = recipe.fixed ? `Without the fault: ${recipe.fixed}\n` : ''
  print(`${recipeFile(recipe.id)}\n${twin}\n${recipe.source}`)
  return 0
}

export async function run(id: string, options: RecordOptions): Promise<number> {
  const recipe = find(id)
  const python = await chapterPython(chapterOf(recipe.id)).catch((error: Error) => {
    throw new Failure(error.message, 127)
  })
  if (!isInstalled(python)) await installOne(python)
  return record(recipeCommand(recipe, python.python), { ...options, env: chapterEnvironment(python) })
}

export async function install(chapter: string | undefined, { all }: { all?: boolean }): Promise<number> {
  const known = chaptersWithPackages()
  const list = `chapters that need packages: ${known.join(', ')}`
  if (chapter === undefined && !all) throw new Failure(`name a chapter, or --all (${list})`, 2)
  if (chapter !== undefined && !existsSync(chapterFolder(chapter)))
    throw new Failure(`there is no chapter ${chapter} (${list})`)
  for (const name of all ? known : [chapter!]) {
    const python = await chapterPython(name)
    if (python.bin === null) tell(`interleave: ${name} needs no packages`)
    else if (isInstalled(python)) tell(`interleave: ${name} is installed: ${python.python}`)
    else await installOne(python)
  }
  return 0
}

async function installOne(python: ChapterPython): Promise<void> {
  const { chapter, packages } = python
  tell(`interleave: installing what the chapter ${chapter} needs: ${packages.join(', ')}`)
  await installPackages(python, (step) => tell(`interleave: ${chapter}: ${step}`))
  tell(`interleave: ${chapter} is installed: ${python.python}`)
}

/** By its id, or by the last part of it where that is enough. */
function find(id: string): Recipe {
  const recipes = listRecipes()
  const found = recipes.find((recipe) => recipe.id === id) ?? recipes.find((recipe) => recipe.id.endsWith(`/${id}`))
  if (!found) throw new Failure(`there is no recipe ${id}: \`interleave recipes\` lists them`)
  return found
}
