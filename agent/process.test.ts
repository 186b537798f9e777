// Processes: who started whom, by which way, how each ended, what it is called, and the waits for them.
import { describe, expect, test } from 'vitest'
import { eventKinds, outcomes, reasons } from '../wire/kinds.ts'
import { childrenOf, lineOf, nameOf, tree } from './test/processes.ts'
import { pythons, record, unrecorded, type Options } from './test/run-python.ts'

const methods = ['fork', 'spawn', 'forkserver']

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string, options: Options = {}) => {
    const ran = record(python, source, options)
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    return ran
  }
  /** each wait of the program for something outside it, as "line reason outcome" */
  const waits = (ran: ReturnType<typeof run>) =>
    ran.first.records.flatMap((r, i, all) => {
      if (r.kind !== eventKinds.wait) return []
      const wake = all.slice(i).find((e) => e.kind === eventKinds.wake && e.thread === r.thread)!
      const name = (table: Record<string, number>, value: number) =>
        Object.keys(table).find((key) => table[key] === value)
      return [`${lineOf(ran, ran.first, r)} ${name(reasons, r.flags & 0xff)} ${name(outcomes, wake.flags & 0xff)}`]
    })

  test('os.fork: each child and its end; one that says nothing has no file', () => {
    const ran = run(`
import os, signal, sys
ends = [lambda: os._exit(7), lambda: sys.exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL)]
for end in ends:
    child = os.fork()
    if child == 0: end()
    os.waitpid(child, 0)
`)
    expect(tree(ran)).toEqual(['main fork ?: exit 7', 'main fork ?: exit 3', 'main fork ?: signal 9'])
    const children = childrenOf(ran, ran.first)
    expect(children.map((c) => c.file !== undefined)).toEqual([false, true, false])
    expect(children.map((c) => lineOf(ran, c.parent, c.started))).toEqual([5, 5, 5])
    const { file, started } = children[1]!
    expect(file!.about.ppid).toBe(ran.first.about.pid)
    expect(file!.about.forkOf).toBe(ran.first.name)
    expect(file!.records[0]!.kind).toBe(eventKinds.threadBegin)
    expect(file!.records.at(-1)!.kind).toBe(eventKinds.threadEnd)
    expect(file!.records[0]!.time >= started.time).toBe(true)
    expect(waits(ran)).toEqual(['7 process done', '7 process done', '7 process done'])
  })

  test('every way to wait: one that blocks is a wait, one that does not tells only an end', () => {
    const ran = run(`
import os
def start(code):
    child = os.fork()
    if child == 0: os._exit(code)
    return child

start(1)
os.wait()
start(2)
os.wait3(0)
os.wait4(start(3), 0)
os.waitid(os.P_PID, start(4), os.WEXITED)
child = start(5)
while os.waitpid(child, os.WNOHANG) == (0, 0): pass
child = start(6)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
os.waitpid(child, 0)
try: os.waitpid(-1, 0)
except ChildProcessError: pass
`)
    expect(tree(ran).map((line) => line.split(': ')[1])).toEqual([1, 2, 3, 4, 5, 6].map((code) => `exit ${code}`))
    expect(waits(ran)).toEqual([
      '9 process done',
      '11 process done',
      '12 process done',
      '13 process done',
      '17 process done',
      '18 process done',
      '19 process raised',
    ])
  })

  test("a forked child that forks: each is its parent's, whatever the other ones start", () => {
    const ran = run(`
import os, sys
child = os.fork()
if child == 0:
    grandchild = os.fork()
    if grandchild == 0: sys.exit(4)
    os.waitpid(grandchild, 0)
    sys.exit(5)
os.waitpid(child, 0)
`)
    expect(tree(ran)).toEqual(['main fork ?: exit 5', 'fork fork ?: exit 4'])
    const [child] = childrenOf(ran, ran.first)
    const [grandchild] = childrenOf(ran, child!.file!)
    expect(grandchild!.file!.about.ppid).toBe(child!.pid)
  })

  test('subprocess: other programs by their command line, a Python by its own file', () => {
    const ran = run(`
import subprocess, sys
subprocess.run(['true'])
subprocess.run('exit 3', shell=True)
print(subprocess.check_output([sys.executable, '-c', 'import os; print(os.getppid())'], text=True) != '')
try: subprocess.run(['/no/such/program'], cwd='/')
except FileNotFoundError: print('no')
`)
    expect(ran.out).toBe('True\nno\n')
    const told = tree(ran)
    expect(told.slice(0, 2)).toEqual(['main exec true: exit 0', 'main exec sh -c exit 3: exit 3'])
    expect(told[2]).toMatch(/^main exec python3\S* -c import os; print\(os.getppid\(\)\): exit 0$/)
    expect(told[3]).toBe('main exec program: exit 255')
    const children = childrenOf(ran, ran.first)
    expect(children.map((c) => lineOf(ran, c.parent, c.started))).toEqual([3, 4, 5, 6])
    expect(children.map((c) => c.file !== undefined)).toEqual([false, false, true, false])
    expect(children[2]!.file!.about.ppid).toBe(ran.first.about.pid)
    expect(children[2]!.file!.records[0]!.time > children[2]!.started.time).toBe(true)
  })

  test('Popen.wait with a timeout is one wait, without the sleeps it is made of', () => {
    const ran = run(`
import subprocess, time
child = subprocess.Popen(['sleep', '60'])
try: child.wait(0.01)
except subprocess.TimeoutExpired: pass
child.kill()
child.wait(20)
child.wait()
time.sleep(0)
`)
    expect(tree(ran)).toEqual(['main exec sleep 60: signal 9'])
    expect(waits(ran)).toEqual(['4 process timedOut', '7 process done', '9 sleep done'])
  })

  test('os.system and os.spawnlp: what the shell does, with its pid', () => {
    const ran = run(`
import os, signal, sys
print(os.system('exit 3'), os.system(b'true'), os.system(command='kill -9 $$'), os.system(f'{sys.executable} -c pass; true'))
print(os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', 'exit 4'))
print(signal.getsignal(signal.SIGINT).__name__, signal.pthread_sigmask(signal.SIG_BLOCK, []))
for wrong in [lambda: os.system(), lambda: os.system(1), lambda: os.system('a\\0b')]:
    try: wrong()
    except Exception as error: print(type(error).__name__)
`)
    expect(ran.out).toBe('768 0 9 0\n4\ndefault_int_handler set()\nTypeError\nTypeError\nValueError\n')
    const told = tree(ran)
    expect(told.filter((line) => !line.includes('-c pass'))).toEqual([
      'main exec sh -c exit 3: exit 3',
      'main exec sh -c true: exit 0',
      'main exec sh -c kill -9 $$: signal 9',
      'main fork ?: exit 4',
    ])
    const children = childrenOf(ran, ran.first)
    expect(children.map((c) => lineOf(ran, c.parent, c.started))).toEqual([3, 3, 3, 3, 4])
    expect(ran.processes[1]!.about.ppid).toBe(children[3]!.pid)
    expect(waits(ran)).toEqual(Array.from({ length: 5 }, (_, i) => `${i < 4 ? 3 : 4} process done`))
  })

  test('posix_spawn, and a forked child in which preexec_fn runs before its program', () => {
    const ran = run(`
import os, subprocess, threading
os.waitpid(os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 2'], os.environ), 0)
os.waitpid(os.posix_spawnp('sh', ['/bin/sh', '-c', 'kill -TERM $$'], os.environ), 0)
subprocess.call(['true'], preexec_fn=lambda: threading.Lock().acquire())
`)
    expect(tree(ran)).toEqual([
      'main exec sh -c exit 2: exit 2',
      'main exec sh -c kill -TERM $$: signal 15',
      'main exec true: exit 0',
    ])
    expect(ran.processes.length).toBe(1)
  })

  test.each(methods)('multiprocessing, %s: names, ends, and joins that are one wait each', (method) => {
    const source = `
import multiprocessing, os, signal, sys, time
def work(how):
    if how == 'renamed': multiprocessing.current_process().name = 'worker'
    if how == 'exit': sys.exit(5)
    if how == 'kill': os.kill(os.getpid(), signal.SIGKILL)
    if how == 'sleep': time.sleep(60)

if __name__ == '__main__':
    context = multiprocessing.get_context(sys.argv[1])
    for how in ['renamed', 'exit', 'kill']:
        child = context.Process(target=work, args=(how,), name=how)
        child.start()
        child.join()
        print(child.name, child.exitcode)
    child = context.Process(target=work, args=('sleep',))
    child.start()
    child.join(0.01)
    child.terminate()
    child.join(20)
    child.join()
    print(child.name, child.exitcode, child.is_alive())
`
    const ran = run(source, { args: [method] })
    const default_ = { fork: 'ForkProcess-4', spawn: 'SpawnProcess-4', forkserver: 'ForkServerProcess-4' }[method]!
    expect(ran.out).toBe(`renamed 0\nexit 5\nkill -9\n${default_} -15 False\n`)
    const how = { fork: 'fork', spawn: 'exec', forkserver: 'server' }[method]!
    const servers = { fork: [], spawn: ['resource tracker'], forkserver: ['resource tracker', 'forkserver'] }[method]!
    const told = tree(ran)
    expect(told.slice(0, servers.length)).toEqual(servers.map((name) => `main exec ${name}: unknown`))
    expect(told.slice(servers.length)).toEqual([
      `main ${how} renamed: exit 0`,
      `main ${how} exit: exit 5`,
      `main ${how} kill: signal 9`,
      `main ${how} ${default_}: signal 15`,
    ])
    const files = childrenOf(ran, ran.first).map((c) => c.file && nameOf(ran, c.file))
    expect(files.slice(0, -1)).toEqual([...servers, 'worker', 'exit', 'kill'])
    for (const c of childrenOf(ran, ran.first)) {
      expect(lineOf(ran, c.parent, c.started)).toBe(c.name === default_ ? 17 : 13)
      if (!c.file?.records[0]) continue // SIGTERM came before it had begun
      expect(c.file.records[0]!.kind).toBe(eventKinds.threadBegin)
      // what a fork server starts is known only when it answers
      if (c.how !== 'server') expect([c.name, c.file.records[0]!.time >= c.started.time]).toEqual([c.name, true])
    }
    expect(waits(ran)).toEqual([
      ...Array.from({ length: 3 }, () => '14 process done'),
      '18 process timedOut',
      '20 process done',
    ])
  })

  test.each(methods)('a child that starts another one, %s: the tree has their parents', (method) => {
    const ran = run(
      `
import multiprocessing, sys
def leaf(): pass
def branch(method):
    child = multiprocessing.get_context(method).Process(target=leaf, name='leaf')
    child.start()
    child.join()

if __name__ == '__main__':
    child = multiprocessing.get_context(sys.argv[1]).Process(target=branch, args=sys.argv[1:], name='branch')
    child.start()
    child.join()
`,
      { args: [method] },
    )
    const how = { fork: 'fork', spawn: 'exec', forkserver: 'server' }[method]!
    expect(tree(ran)).toContain(`main ${how} branch: exit 0`)
    expect(tree(ran)).toContain(`branch ${how} leaf: exit 0`)
    expect(ran.processes.map((p) => nameOf(ran, p))).toContain('leaf')
  })

  test('a handler of a signal that comes during a join has its own waits', () => {
    const ran = run(`
import multiprocessing, os, signal, time
def work(): os.kill(os.getppid(), signal.SIGUSR1)
def handler(*_): time.sleep(0.001)
signal.signal(signal.SIGUSR1, handler)
child = multiprocessing.get_context('fork').Process(target=work)
child.start()
child.join()
`)
    const told = waits(ran)
    expect(told).toContain('4 sleep done')
  })

  test('what a program prints of its processes is what it prints without us', () => {
    const source = `
import inspect, multiprocessing, os, pickle, subprocess, traceback
print(os.fork, os.waitpid, subprocess.Popen.wait.__qualname__, inspect.signature(os.waitpid))
child = multiprocessing.get_context('fork').Process(target=print, args=(1,))
print(child)
child.start()
child.join()
print(child.exitcode, multiprocessing.current_process().name)
for wrong in [lambda: child.start(), lambda: os.waitpid(1), lambda: os.fork(1), lambda: os.waitpid('a', 0),
              lambda: setattr(child, 'name', 1), lambda: os.waitpid(os.getpid(), 0)]:
    try: wrong()
    except Exception as error: print(traceback.format_exception_only(type(error), error))
`
    const plain = unrecorded(python, source)
    const ran = run(source)
    const addresses = /0x[0-9a-f]+|parent=\d+|pid=\d+/g
    expect(ran.out.replace(addresses, '')).toBe(plain.out.replace(addresses, ''))
    expect(plain.out).toContain('ChildProcessError')
  })
})
