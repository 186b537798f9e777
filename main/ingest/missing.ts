// A program that ended because its Python has not got a library. In: the exception that nobody caught. Out: a sentence with the
// command that adds it, or null. Only of libraries that are recorded: of others the exception says as much.

/** module → what pip is asked for */
const packages: Record<string, string> = {
  pyopencl: "'pyopencl[pocl]'",
  pycuda: 'pycuda',
  cupy: 'cupy-cuda13x',
  numba: 'numba',
  nvtx: 'nvtx',
  mpi4py: 'mpi4py mpich',
  celery: 'celery',
  scoop: 'scoop',
  pycsp: 'pycsp',
  dask: "'dask[distributed]'",
  distributed: 'distributed',
  joblib: 'joblib',
  loky: 'loky',
  rpyc: 'rpyc',
  Pyro4: 'Pyro4',
  Pyro5: 'Pyro5',
  uvloop: 'uvloop',
}

export function missingLibrary(executable: string, type: string, text: string): string | null {
  const [, module] = (type === 'ModuleNotFoundError' && /^No module named '(\w+)'/.exec(text)) || []
  if (module === undefined || !Object.hasOwn(packages, module)) return null
  return `The program's Python has no ${module}: \`${executable} -m pip install ${packages[module]!}\` adds it.`
}
