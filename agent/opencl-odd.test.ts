// Odd programs in OpenCL print the same under the agent as without it, and nothing of what they told the device is unseen: queues out
// of order, events of the program, callbacks, parts of a device, several contexts, thousands of commands under way, threads, images,
// SVM, events that are thrown away, a program that profiles itself, children that have a device each. On PoCL.
import { expect, test } from 'vitest'
import { pythonFor } from './test/python-with.ts'
import { unrecorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const begin = `
import gc, os, sys, threading
import numpy as np, pyopencl as cl
mf, ps = cl.mem_flags, cl.command_queue_properties
context = cl.create_some_context(interactive=False)
device = context.devices[0]
SOURCE = '''
__kernel void add(__global int *a, int by) { a[get_global_id(0)] += by; }
__kernel void slow(__global int *a) {
    int n = a[0];
    for (int i = 0; i < 2000000; i++) n = n * 1664525 + 1013904223;
    a[0] = n;
}
'''
program = cl.Program(context, SOURCE).build()
add, slow = cl.Kernel(program, 'add'), cl.Kernel(program, 'slow')
def zeros(n=64):
    return cl.Buffer(context, mf.COPY_HOST_PTR, hostbuf=np.zeros(n, np.int32))
def read(queue, buffer, n=64):
    out = np.empty(n, np.int32)
    cl.enqueue_copy(queue, out, buffer)
    return out
`
/** name → [program, commands that it enqueues, whether it is killed: then the end of its last ones may not be told any more] */
const programs: Record<string, [string, number, boolean?]> = {
  'out of order, with wait lists': [
    `
queue = cl.CommandQueue(context, properties=ps.OUT_OF_ORDER_EXEC_MODE_ENABLE)
a = zeros()
event = None
for i in range(20):
    event = add(queue, (64,), None, a, np.int32(i), wait_for=[event] if event else None)
barrier = cl.enqueue_barrier(queue)
queue.finish()
print(read(queue, a).tolist()[:3], queue.properties, queue.get_info(cl.command_queue_info.PROPERTIES))
`,
    22,
  ],
  'events of the program, callbacks, and what they say of themselves': [
    `
queue = cl.CommandQueue(context)
gate = cl.UserEvent(context)
a = zeros()
event = add(queue, (64,), None, a, np.int32(3), wait_for=[gate])
done = threading.Event()
event.set_callback(cl.command_execution_status.COMPLETE, lambda status: (print('called', status), done.set()))
print(event.get_info(cl.event_info.REFERENCE_COUNT), event.command_type == cl.command_type.NDRANGE_KERNEL)
print(event.command_queue == queue, event.context == context, hash(event) == hash(event))
print(gate.command_execution_status == cl.command_execution_status.SUBMITTED)
gate.set_status(cl.command_execution_status.COMPLETE)
event.wait()
done.wait()
print(read(queue, a)[0], event.command_execution_status == cl.command_execution_status.COMPLETE)
try:
    event.profile.start
    print('profiled')
except cl.RuntimeError as error:
    print(error)
print(queue.properties, queue.reference_count > 0)
`,
    2,
  ],
  'a program that profiles itself': [
    `
queue = cl.CommandQueue(context, properties=ps.PROFILING_ENABLE)
a = zeros()
events = [add(queue, (64,), None, a, np.int32(1)) for _ in range(100)]
queue.finish()
p = [e.profile for e in events]
print(all(q.queued <= q.submit <= q.start <= q.end for q in p), all(x.end <= y.start for x, y in zip(p, p[1:])))
print(queue.properties == ps.PROFILING_ENABLE, read(queue, a)[0])
`,
    101,
  ],
  'a part of the device': [
    `
part = device.create_sub_devices([cl.device_partition_property.EQUALLY, 1])[0]
inner = cl.Context([part])
queue = cl.CommandQueue(inner)
a = cl.Buffer(inner, mf.COPY_HOST_PTR, hostbuf=np.zeros(64, np.int32))
kernel = cl.Program(inner, SOURCE).build().add
kernel(queue, (64,), None, a, np.int32(5))
print(read(queue, a)[0], part.max_compute_units, queue.device == part)
`,
    2,
  ],
  'several contexts, and queues that come and go': [
    `
total = 0
for i in range(30):
    own = cl.Context([device])
    queue = cl.CommandQueue(own)
    a = cl.Buffer(own, mf.COPY_HOST_PTR, hostbuf=np.full(16, i, np.int32))
    total += int(read(queue, a, 16).sum())
    del queue, own, a
    gc.collect()
print(total)
`,
    30,
  ],
  'thousands of commands under way, and their events thrown away': [
    `
queue = cl.CommandQueue(context)
gate = cl.UserEvent(context)
a = zeros()
first = add(queue, (64,), None, a, np.int32(1), wait_for=[gate])
for i in range(3000):
    add(queue, (64,), None, a, np.int32(1))
gate.set_status(cl.command_execution_status.COMPLETE)
queue.finish()
print(read(queue, a)[0])
`,
    3002,
  ],
  'threads with a queue each, and one for all': [
    `
shared = cl.CommandQueue(context)
sums = {}
def work(n):
    queue, a = cl.CommandQueue(context), zeros()
    kernel = cl.Kernel(program, 'add')
    for _ in range(50):
        kernel(queue, (64,), None, a, np.int32(n))
        cl.enqueue_marker(shared)
    sums[n] = int(read(queue, a)[0])
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
shared.finish()
print(sorted(sums.items()))
`,
    4 * 101,
  ],
  'images, rectangles, mapping, fills, copies': [
    `
queue = cl.CommandQueue(context)
pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
image = cl.image_from_array(context, pixels, 1)
out = np.empty_like(pixels)
cl.enqueue_copy(queue, out, image, origin=(0, 0), region=(8, 8))
print((out == pixels).all())
a, b = zeros(), zeros()
cl.enqueue_fill_buffer(queue, a, np.int32(7), 0, 256)
cl.enqueue_copy(queue, b, a)
mapped, _ = cl.enqueue_map_buffer(queue, b, cl.map_flags.READ, 0, (64,), np.int32)
print(mapped.tolist()[:4])
mapped.base.release(queue)
part = np.zeros((2, 2), np.int32)
cl.enqueue_copy(queue, part, b, buffer_origin=(0, 0, 0), host_origin=(0, 0, 0), region=(8, 2, 1), buffer_pitches=(32,), host_pitches=(8,))
print(part.tolist())
cl.enqueue_migrate_mem_objects(queue, [a])
queue.finish()
`,
    7,
  ],
  'shared virtual memory': [
    `
queue = cl.CommandQueue(context)
numbers = cl.csvm_empty(context, (64,), np.int32)
svm = cl.SVM(numbers)
with svm.map_rw(queue) as there:
    there[:] = 4
add(queue, (64,), None, svm, np.int32(2))
with svm.map_ro(queue) as there:
    print(there.tolist()[:3])
queue.finish()
`,
    5,
  ],
  'a call that fails, and goes on': [
    `
queue = cl.CommandQueue(context)
a = zeros()
for _ in range(3):
    try:
        add(queue, (64,), (63,), a, np.int32(1))
    except cl.LogicError as error:
        print(error)
add(queue, (64,), None, a, np.int32(1))
print(read(queue, a)[0])
`,
    5,
  ],
  'children that have a device each, one of them killed': [
    `
import multiprocessing, signal
def child(n):
    queue, a = cl.CommandQueue(context), zeros()
    add(queue, (64,), None, a, np.int32(n))
    print(read(queue, a)[0], flush=True)
    if n == 2:
        os.kill(os.getpid(), signal.SIGKILL)
if __name__ == '__main__':
    for n in (1, 2, 3):
        process = multiprocessing.get_context('spawn').Process(target=child, args=(n,))
        process.start()
        process.join()
        print(process.exitcode, flush=True)
`,
    6,
    true,
  ],
}

test.for(Object.entries(programs))(
  '%s',
  { timeout: 300_000 },
  async ([, [source, commands, killed = false]], { onTestFinished }) => {
    const python = await pythonFor('gpu')
    const plain = unrecorded(python, begin + source, { env: python.env, timeout: 120_000 })
    expect(plain.err.replace(/.*Warning.*\n.*\n/g, '')).toBe('')
    const whole = await recordWhole(python, begin + source, onTestFinished)
    for (const line of plain.out.trim().split('\n')) expect(whole.output).toContain(line)
    expect(whole.code).toBe(plain.status)
    const [[all, over, odd]] = whole.rows(
      'SELECT count(*), sum(ended IS NOT NULL), sum(started < called OR ended < started OR queued > submitted OR submitted > started) FROM command',
    ) as [[number, number, number]]
    const losses = whole.rows(
      "SELECT DISTINCT what FROM loss WHERE what LIKE '%command%' OR what IN ('illegal', 'unknown', 'torn')",
    )
    expect(losses.flat().filter((what) => !(killed && what === 'unfinished-command'))).toEqual([])
    expect({ all, odd }).toEqual({ all: commands, odd: 0 })
    expect(over).toBeGreaterThan(0)
  },
)
