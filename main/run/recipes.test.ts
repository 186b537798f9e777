import { expect, test } from 'vitest'
import { openTrace } from '../store/database.ts'
import { chaptersWithPackages } from './chapters.ts'
import { chapterOf, listRecipes, parseRecipe, recipeCommand, recipeFile } from './recipes.ts'

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

test('a recipe says what it needs that no package brings, in its docstring and when it is not there', () => {
  expect(parseRecipe('a/b', '"""T\n\nP.\n\nneeds: a GPU\n\nexpect: nothing\n"""').needs).toBe('a GPU')
  const needy = listRecipes().filter(({ needs }) => needs !== undefined)
  expect(needy.length).toBeGreaterThan(0)
  for (const { id, source, needs } of needy) {
    expect(source, id).toContain(`NEEDS = "${needs}"\n`)
    expect(source, id).toContain('sys.exit(f"This recipe needs {NEEDS}: {error}")\n')
  }
})

test('what needs a GPU has a recording from one, which opens and says its name', () => {
  const needy = listRecipes().filter(({ needs }) => needs?.includes('NVIDIA GPU'))
  for (const { id, recorded } of needy) {
    const trace = openTrace(recorded ?? id)
    const said = trace.db.prepare('SELECT DISTINCT device, file FROM execution').raw().all()
    expect(said, id).toEqual([['NVIDIA H200 #0', expect.stringMatching(new RegExp(`${id}\\.py$`))]])
    trace.close()
  }
})

test('a recipe says how it is started where python alone does not do', () => {
  const recipe = parseRecipe('mpi/ring', '"""T\n\nP.\n\nexpect: nothing\n\nstart: mpiexec -n 4 python {recipe}\n"""')
  expect(recipe.start).toEqual(['mpiexec', '-n', '4', 'python', '{recipe}'])
  const file = recipeFile('mpi/ring')
  expect(recipeCommand(recipe, '/bin/py')).toEqual(['mpiexec', '-n', '4', '/bin/py', file])
  expect(recipeCommand(parseRecipe('a/b', '"""T\n\nP.\n\nexpect: nothing\n"""'), '/bin/py')).toEqual([
    '/bin/py',
    recipeFile('a/b'),
  ])
})

const standard = `
  argparse array asyncio collections concurrent.futures concurrent.futures.process contextlib ctypes faulthandler
  functools hashlib itertools multiprocessing multiprocessing.shared_memory operator os pathlib queue random
  shutil signal socket sqlite3 subprocess sys tempfile threading time warnings zlib`.split(/\s+/)
/** What a chapter's packages are imported as. */
const imported: Record<string, RegExp> = {
  mpi: /^mpi4py$/,
  // local_broker is a folder beside the recipes
  celery: /^(celery|kombu|redis|local_broker)(\.\w+)*$/,
  scoop: /^scoop$/,
  // so is pycsp_today
  pycsp: /^(pycsp|pycsp_today)(\.\w+)*$/,
  rpc: /^(Pyro4|Pyro5|Pyro5\.\w+|rpyc(\.\w+)*)$/,
  mapreduce: /^(dask|distributed|joblib|loky)(\.\w+)*$/,
  gpu: /^(numpy|pycuda(\.\w+)*|pyopencl(\.\w+)*|numba(\.cuda)?|nvtx)$/,
}
test('a recipe is short, has narrow lines, and imports the standard library and the packages of its chapter', () => {
  expect(Object.keys(imported).sort()).toEqual(chaptersWithPackages())
  for (const { id, source } of listRecipes()) {
    const lines = source.trimEnd().split('\n')
    expect(lines.length, id).toBeGreaterThanOrEqual(30)
    expect(lines.length, id).toBeLessThanOrEqual(80)
    expect(
      lines.filter((line) => line.length > 79),
      id,
    ).toEqual([])
    for (const [, name] of source.matchAll(/^(?:import|from) (\S+)(?: import .+)?$/gm))
      if (!imported[chapterOf(id)]?.test(name!)) expect(standard, `${id} imports`).toContain(name)
  }
})
