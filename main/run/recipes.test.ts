import { expect, test } from 'vitest'
import { listRecipes, parseRecipe } from './recipes.ts'

test('a docstring becomes a title, what it shows, and what is expected', () => {
  const source = '"""Two at a door\n\nLook at the\nlane of door.\n\nexpect: contention, convoy\n"""\nprint()\n'
  expect(parseRecipe('threading/door', source)).toEqual({
    id: 'threading/door',
    title: 'Two at a door',
    shows: 'Look at the lane of door.',
    expect: ['contention', 'convoy'],
    source,
  })
})

test('"nothing" means that no rule may find anything', () => {
  expect(parseRecipe('a/b', '"""T\n\nP.\n\nexpect: nothing\n"""').expect).toEqual([])
})

test('a recipe that does not say what it expects is refused by name', () => {
  expect(() => parseRecipe('a/b', '"""T\n\nP.\n"""')).toThrow('a/b.py needs a docstring')
})

test('the recipes of the house: each fault has a twin that expects nothing', () => {
  const recipes = listRecipes()
  expect(recipes.length).toBeGreaterThanOrEqual(12)
  for (const recipe of recipes.filter((r) => r.expect.length)) {
    expect(recipe.fixed, recipe.id).toBe(`${recipe.id}_fixed`)
    expect(recipes.find((r) => r.id === recipe.fixed)!.expect, recipe.fixed).toEqual([])
  }
})

test('a recipe is short, has narrow lines, and imports only the standard library', () => {
  const standard =
    /^(argparse|asyncio|concurrent\.futures(\.process)?|faulthandler|hashlib|multiprocessing(\.shared_memory)?|os|queue|random|signal|sqlite3|subprocess|sys|threading|time|zlib)$/
  for (const { id, source } of listRecipes()) {
    const lines = source.trimEnd().split('\n')
    expect(lines.length, id).toBeGreaterThanOrEqual(30)
    expect(lines.length, id).toBeLessThanOrEqual(80)
    expect(
      lines.filter((line) => line.length > 79),
      id,
    ).toEqual([])
    for (const [, name] of source.matchAll(/^(?:import|from) (\S+)(?: import .+)?$/gm))
      expect(name, id).toMatch(standard)
  }
})
