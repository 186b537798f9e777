// What goes wrong with OpenCL before or while a command runs: the program ends as it does without the agent, the trace is whole,
// and a sentence in it says what it was, where, and what to do. Real failures of PoCL: none is made up.
import { describe, expect, test, type TestContext } from 'vitest'
import { type PythonWith, pythonFor } from './test/python-with.ts'
import { unrecorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const begin = `
import os, signal
import numpy as np, pyopencl as cl
context = cl.create_some_context(interactive=False)
queue = cl.CommandQueue(context)
numbers = np.zeros(10, np.float32)
buffer = cl.Buffer(context, cl.mem_flags.READ_WRITE, numbers.nbytes)
gate = cl.UserEvent(context)
def fill():
    filled = cl.enqueue_fill_buffer(queue, buffer, np.float32(1), 0, numbers.nbytes, wait_for=[gate])
    queue.flush()
    return filled
`
const told = "SELECT value FROM run WHERE key = 'notes'"

describe('OpenCL', () => {
  /** The program under the agent, after it has ended as it does without. */
  const both = async (source: string, context: TestContext, env: NodeJS.ProcessEnv = {}, packages = 'gpu') => {
    const python = await pythonFor(packages)
    const plain = unrecorded(python, source, { env: { ...python.env, ...env }, timeout: 60_000 })
    const traced: PythonWith = { ...python, env: { ...python.env, ...env } }
    const whole = await recordWhole(traced, source, context.onTestFinished)
    expect(whole.code).toBe(plain.status)
    const last = (plain.out || plain.err).trim().split('\n').at(-1)!
    expect(whole.output.split('\n')).toContain(last)
    const [[notes] = ['[]']] = whole.rows(told)
    const losses = Object.fromEntries(whole.rows('SELECT what, count FROM loss')) as Record<string, number>
    return { plain, whole, notes: JSON.parse(String(notes)) as string[], losses, last }
  }

  test('a Python without the library', async (context) => {
    const { plain, notes, last } = await both('import pyopencl\n', context, {}, 'pytest')
    expect(plain.status).toBe(1)
    expect(last).toBe("ModuleNotFoundError: No module named 'pyopencl'")
    expect(notes).toEqual([
      expect.stringMatching(
        /^The program's Python has no pyopencl: `\/.+ -m pip install 'pyopencl\[pocl\]'` adds it\.$/,
      ),
    ])
  })

  test('no driver, hence no device', async (context) => {
    const { notes, last } = await both('import pyopencl as cl\ncl.get_platforms()\n', context, {
      OCL_ICD_VENDORS: '/nowhere',
    })
    expect(last).toBe('pyopencl._cl.LogicError: clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR')
    expect(notes).toEqual([
      'OpenCL finds no driver, so program.py:2 has no device: `python -m pip install pocl-binary-distribution` adds one for ' +
        "the processor, a GPU needs its vendor's.",
    ])
  })

  test('no device of the kind that is asked for', async (context) => {
    const source =
      'import pyopencl as cl\nfor p in cl.get_platforms():\n    print(p.get_devices(cl.device_type.CUSTOM))\n'
    const { notes, last } = await both(source, context)
    expect(last).toBe('[]')
    expect(notes[0]).toMatch(/^The OpenCL platform .+ has no device of the kind that program\.py:3 asks for\.$/)
  })

  test('a program that does not build: said once for a line, however often', async (context) => {
    const source = `${begin}
for _ in range(3):
    try:
        cl.Program(context, '__kernel void f(__global float *a) { a[0] = nothing; }').build()  # here
    except cl.RuntimeError as error:
        print(error.code == cl.status_code.BUILD_PROGRAM_FAILURE, 'nothing' in str(error))
`
    const { notes, last } = await both(source, context)
    expect(last).toBe('True True')
    const line = source.split('\n').findIndex((text) => text.includes('# here')) + 1
    expect(notes).toEqual([
      `OpenCL could not build the program of program.py:${line}: its exception has the compiler's log.`,
    ])
  })

  test('a program that does not build, and nobody catches it', async (context) => {
    const { plain, whole, notes } = await both(`${begin}\ncl.Program(context, 'no C').build()\n`, context)
    expect(plain.status).toBe(1)
    expect(notes).toHaveLength(1)
    const [[error]] = whole.rows("SELECT error FROM thread WHERE name = 'MainThread'") as [[string]]
    expect(error).toMatch(/^RuntimeError: clBuildProgram failed: BUILD_PROGRAM_FAILURE/)
  })

  test('a command that never begins: the program ends first', async (context) => {
    const { plain, losses } = await both(`${begin}\nfill()\nprint('goes', flush=True)\nos._exit(3)\n`, context)
    expect(plain.status).toBe(3)
    expect(losses['unfinished-command']).toBe(1)
  })

  test('a process that is killed with commands under way', async (context) => {
    const source = `${begin}\nfill(), fill()\nprint('goes', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n`
    const { plain, losses, whole } = await both(source, context)
    expect(plain.signal).toBe('SIGKILL')
    expect(losses['unfinished-command']).toBe(2)
    expect(whole.rows('SELECT ended FROM process')).toEqual([['cut']])
  })

  test('a command that the device gives up: it is drawn as failed, and so is the wait for it', async (context) => {
    const source = `${begin}
filled = fill()
gate.set_status(-5)
try:
    filled.wait()
except cl.Error as error:
    print(type(error).__name__, error)
`
    const { whole, losses, last } = await both(source, context)
    expect(last).toBe('RuntimeError clWaitForEvents failed: EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST')
    expect(losses['unfinished-command']).toBeUndefined()
    expect(whole.rows('SELECT operation, outcome FROM execution')).toEqual([['fill', 'raised']])
  })
})
