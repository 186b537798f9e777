// `interleave recipes`: list them, show one with its source, run and record one.
import type { Recipe } from '../../wire/api.ts'
import { recipesPython } from '../run/find-python.ts'
import { listRecipes, recipeFile } from '../run/recipes.ts'
import { Failure, print } from './output.ts'
import { record, type RecordOptions } from './record.ts'

export async function list({ json }: { json?: boolean }): Promise<number> {
  const recipes = listRecipes()
  if (json) print(JSON.stringify(recipes, null, 2))
  else print(recipes.map((recipe) => `${recipe.id}\n    ${recipe.title}`).join('\n'))
  return 0
}

export async function show(id: string): Promise<number> {
  const recipe = find(id)
  const twin = recipe.fixed ? `Without the fault: ${recipe.fixed}\n` : ''
  print(`${recipeFile(recipe.id)}\n${twin}\n${recipe.source}`)
  return 0
}

export async function run(id: string, options: RecordOptions): Promise<number> {
  const recipe = find(id)
  const python = await recipesPython()
  if (!python) throw new Failure('no CPython 3.10 or newer was found: `interleave doctor` says how to add one', 127)
  return record([python, recipeFile(recipe.id)], options)
}

/** By its id, or by the last part of it where that is enough. */
function find(id: string): Recipe {
  const recipes = listRecipes()
  const found = recipes.find((recipe) => recipe.id === id) ?? recipes.find((recipe) => recipe.id.endsWith(`/${id}`))
  if (!found) throw new Failure(`there is no recipe ${id}: \`interleave recipes\` lists them`)
  return found
}
