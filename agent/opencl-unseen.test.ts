// A program sees nothing of being recorded: what PyOpenCL says with the agent is what it says without.
import { expect, test } from 'vitest'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded, type Options } from './test/run-python.ts'

const python = await pythonFor('gpu')
const options: Options = { timeout: 120_000 }
const begin = `
import warnings
warnings.simplefilter('ignore')
import numpy as np
import pyopencl as cl
context = cl.create_some_context(interactive=False)
source = '__kernel void twice(__global float *a) { a[get_global_id(0)] *= 2; }'
twice = cl.Kernel(cl.Program(context, source).build(), 'twice')
numbers = np.ones(4096, np.float32)
a = cl.Buffer(context, cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR, hostbuf=numbers)
def attempt(what):
    try:
        return what()
    except Exception as error:
        return f'{type(error).__name__}: {error}'
`
/** The same with the agent as without, and not nothing. */
function same(program: string): string {
  const source = begin + program
  const without = unrecorded(python, source, options)
  const { out, err, status } = record(python, source, options)
  expect({ out, err, status }).toEqual({ out: without.out, err: without.err, status: without.status })
  return out
}

test('a queue has the properties that were asked for, and its events have no times unless it was to have them', () => {
  const out = same(`
profiling = cl.command_queue_properties.PROFILING_ENABLE
queues = {
    'none': cl.CommandQueue(context),
    'profiling': cl.CommandQueue(context, properties=profiling),
    'out of order': cl.CommandQueue(context, properties=cl.command_queue_properties.OUT_OF_ORDER_EXEC_MODE_ENABLE),
    'a list': cl.CommandQueue(context, properties=[cl.queue_properties.PROPERTIES, 0]),
    'a list with it': cl.CommandQueue(context, properties=[cl.queue_properties.PROPERTIES, profiling]),
    'an empty list': cl.CommandQueue(context, properties=[]),
}
for name, queue in queues.items():
    event = twice(queue, (4096,), None, a)
    event.wait()
    print(name, queue.properties, attempt(lambda: queue.get_info(cl.command_queue_info.PROPERTIES_ARRAY)))
    print(attempt(lambda: event.profile.start <= event.profile.end))
    print(attempt(lambda: event.get_profiling_info(cl.profiling_info.QUEUED) > 0))
    print(event.command_type, event.command_execution_status, event.command_queue == queue)
print(attempt(lambda: cl.CommandQueue(context, properties=1 << 40)))
print(attempt(lambda: cl.CommandQueue(context, properties=[cl.queue_properties.PROPERTIES, 1 << 40])))
print(attempt(lambda: cl.UserEvent(context).profile.start))
`)
  expect(out).toContain('PROFILING_INFO_NOT_AVAILABLE')
})

test('events of the program, callbacks and counts of references are as they were', () => {
  same(`
import threading
queue = cl.CommandQueue(context)
go = cl.UserEvent(context)
held = twice(queue, (4096,), None, a, wait_for=[go])
called, heard = [], threading.Event()
def hear(status):
    called.append(status)
    heard.set()
held.set_callback(cl.command_execution_status.COMPLETE, hear)
print(held.command_execution_status != cl.command_execution_status.COMPLETE, go.reference_count)
go.set_status(cl.command_execution_status.COMPLETE)
held.wait()
heard.wait()
print(called, go.command_execution_status)
print(attempt(lambda: go.set_status(cl.command_execution_status.COMPLETE)))
queue.finish()
cl.enqueue_copy(queue, numbers, a)
print(numbers[:3])
mine = cl.CommandQueue(context)
events = [twice(mine, (4096,), None, a) for _ in range(10)]
mine.finish()
twice(mine, (4096,), None, a).wait()
print(events[0] == events[0], events[0] == events[1], len(set(events)))
print(cl.Event.from_int_ptr(events[3].int_ptr) == events[3])
`)
})

test('what fails says what it said: a build, a launch, a copy', () => {
  const out = same(`
queue = cl.CommandQueue(context)
def shown(error):
    return type(error).__name__, str(error).splitlines()[0]
try:
    cl.Program(context, '__kernel void broken(__global float *a) { a[0] = missing; }').build()
except cl.RuntimeError as error:
    print(type(error).__name__, 'missing' in str(error), error.routine, error.code)
try:
    twice(queue, (4096,), (3,), a)
except cl.Error as error:
    print(shown(error), error.routine, error.code)
print(attempt(lambda: twice(queue, (4096,), None, a, a)))
print(attempt(lambda: cl.enqueue_copy(queue, np.ones(1 << 20, np.float32), a)))
print(attempt(lambda: cl.enqueue_copy(queue, a, np.ones(1 << 20, np.float32))))
print(attempt(lambda: cl.Kernel(cl.Program(context, source).build(), 'thrice')))
print(attempt(lambda: cl.Buffer(context, cl.mem_flags.READ_WRITE, 1 << 50)))
`)
  expect(out).toContain('RuntimeError True clBuildProgram')
})

test('signals, threads and names are the program’s own', () => {
  same(`
import os, signal, threading
queue = cl.CommandQueue(context)
heard = []
signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(threading.current_thread().name))
for _ in range(20):
    twice(queue, (4096,), None, a)
    os.kill(os.getpid(), signal.SIGUSR1)
queue.finish()
print(len(heard) > 0, set(heard), [thread.name for thread in threading.enumerate()])
print(cl.CommandQueue, [type(each).__name__ for each in (cl.CommandQueue.finish, cl.enqueue_nd_range_kernel)], cl._cl.__name__)
`)
})
