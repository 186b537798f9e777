// Names for people: of kinds of slices, objects, rules and chapters. The numbers and keys stay in wire/.
import { sliceKinds, type ObjectKindName, type SliceKind } from '../wire/kinds.ts'
import type { Meaning } from '../wire/meanings.ts'
import type { AwaitNode, Recipe } from '../wire/api.ts'

const sliceWords: Record<keyof typeof sliceKinds, string> = {
  lock: 'waiting for a lock',
  semaphore: 'waiting for a permit',
  condition: 'waiting on a condition',
  event: 'waiting for an event',
  barrier: 'waiting at a barrier',
  join: 'waiting for a thread to end',
  queueGet: 'waiting for an item',
  queuePut: 'waiting for room in a queue',
  queueJoin: 'waiting for a queue to be done',
  sleep: 'sleeping',
  gil: 'waiting for the GIL',
  loop: 'waiting for its turn on the event loop',
  task: 'waiting for a task to end',
  future: 'waiting for a result',
  io: 'waiting for input or output',
  message: 'waiting for a message',
  process: 'waiting for a process to end',
  collective: 'in a collective of ranks',
  send: 'waiting for a message to be taken',
  hold: 'held, nobody waits',
  holdContended: 'held while others wait',
  stall: 'a step that blocks the event loop',
  job: 'a job runs',
  alive: 'the process lives',
  band: 'a collective of ranks',
  depth: 'items in the queue',
  device: 'waiting for a device',
  kernel: 'a kernel runs',
  read: 'reading from a device',
  write: 'writing to a device',
  copy: 'copying on a device',
  fill: 'filling memory of a device',
  command: 'a command of a device',
  launch: 'handing a command over',
  range: 'a range that the program named',
}
const byNumber = new Map<number, string>(
  Object.entries(sliceWords).map(([name, words]) => [sliceKinds[name as keyof typeof sliceKinds], words]),
)
const nameOfNumber = new Map(Object.entries(sliceKinds).map(([name, n]) => [n, name as keyof typeof sliceKinds]))
export const sliceWord = (kind: SliceKind): string => byNumber.get(kind) ?? `kind ${kind}`

const objectWords: Partial<Record<ObjectKindName, string>> = {
  rlock: 'reentrant lock',
  boundedSemaphore: 'bounded semaphore',
  lifoQueue: 'LIFO queue',
  priorityQueue: 'priority queue',
  simpleQueue: 'simple queue',
  gil: 'GIL',
  loop: 'event loop',
  sharedMemory: 'shared memory',
  pipe: 'channel',
  calls: 'calls of a thread',
}
export const objectWord = (kind: ObjectKindName): string => objectWords[kind] ?? kind

/** The same of one slice: what a hold is depends on what is held. */
export const stateWord = (kind: SliceKind, object?: ObjectKindName): string => {
  const waited = kind === sliceKinds.holdContended
  if (waited || kind === sliceKinds.hold) {
    if (object === 'loop') return waited ? 'a step, while others wait for their turn' : 'a step on the event loop'
    if (object === 'gil') return waited ? 'runs Python code, while other threads wait to' : 'runs Python code'
    if (object === 'sharedMemory') return 'has it attached'
  }
  if (kind === sliceKinds.depth && object === 'device') return 'commands that it runs at once'
  if (kind === sliceKinds.depth && object === 'context') return 'memory in use'
  return sliceWord(kind)
}

/** What a person may not know, in a sentence or two; '' where the words say it all. */
const explained: Partial<Record<keyof typeof sliceKinds, string>> = {
  gil: 'The GIL is the interpreter’s own lock: only the thread that holds it runs Python code. A thread that waits for it asks for it after 5 ms, and the holder then gives it away.',
  loop: 'It could go on, but its event loop runs one step at a time: it waits until the steps before it are over.',
  stall:
    'While one step runs, nothing else on this event loop can go on: no other task, no timer, no reply. Give long work to a thread (asyncio.to_thread) or to a process.',
  future: 'It waits for a result that another thread or process is to deliver.',
  message: 'It waits for what another process writes.',
  launch: 'The call only hands the command over: it runs on the device later, while the thread goes on.',
  device: 'The thread goes on when the device is done: meanwhile it does nothing else.',
}
export const explanation = (kind: SliceKind, object?: ObjectKindName): string => {
  const name = nameOfNumber.get(kind)
  if ((name === 'hold' || name === 'holdContended') && object === 'gil')
    return 'Only the thread that holds the GIL runs Python code. It gives it away when it waits or sleeps, and when another one asks.'
  if ((name === 'hold' || name === 'holdContended') && object === 'loop')
    return 'A step: from where the task went on to where it waited again. An event loop runs one step at a time.'
  return (name && explained[name]) ?? ''
}

/** "lock-order" → "lock order" */
export const ruleName = (rule: string): string => rule.replaceAll(/[-_]/g, ' ')

/** What a rule looks for, for who meets it the first time; '' for one that says it by its name. */
const looksFor: Record<string, string> = {
  deadlock: 'actors that wait for each other, or for what nobody is left to give',
  'lock-order': 'locks taken in opposite orders: a deadlock that has not happened yet',
  contention: 'a lock that others wait for through a good part of their lives',
  convoy: 'threads that queue up behind a lock and go on queueing',
  unfair: 'a thread that is passed over at a lock again and again',
  'slow-hold': 'a lock held over a sleep, I/O or a long call while others wait',
  'gil-bound': 'threads that only take turns at running Python code',
  'back-pressure': 'a bounded queue that is full most of its life',
  starvation: 'takers that wait for items through most of their lives',
  'blocked-loop': 'steps of 50 ms or more, in which nothing else on the event loop can go on',
  died: 'an exception that ended a thread while others waited for it',
  'foreign-release': 'a lock that protects something, released by who does not hold it',
  'fork-with-locks': 'a fork while another thread holds a lock: the child can never get it',
  'missed-wakeup': 'a notify that nobody heard, and a wait that came after it',
  'never-joined': 'daemon threads cut off in the middle of something',
  'never-released': 'a lock whose holder has ended, or kept it to the end',
  polling: 'looking again and again instead of being told',
  'prefetch-hoarding': 'tasks kept by a busy worker process while another one has nothing to do',
  'stuck-chord': 'a callback that waits for tasks that failed, or whose results are ignored',
  'unfetched-results': 'results that are stored each time and never read',
  'server-saturation': 'callers of a remote server that wait because all its threads are busy',
  'chatty-calls': 'many small remote calls, one after the other, where one would do',
  'pool-size': 'a pool with too few workers for its jobs, or too many',
  'nested-submit': 'jobs that wait for jobs of the same pool',
  serial: 'stretches in which only one can run',
  imbalance: 'workers, or parties of a barrier, that wait for a slow one',
  stragglers: 'a job that takes far longer than others of its kind, while the next step waits for all of them',
  'shuffle-skew': 'a shuffle that gives most of the data to one job',
  'late-sender': 'ranks that wait again and again for messages of one that does something else first',
  'late-receiver': 'ranks that stand in their sends because one does not receive yet',
  'late-at-collective': 'ranks that wait in barriers and other collectives for the one that comes last',
  'message-imbalance': 'one rank that nearly all messages go through',
  'mismatched-collectives': 'ranks that do not agree which collective it is, or who is its root',
  'serial-streams':
    'streams of a device that only take turns, or copies that wait for kernels, where both could run at once',
  'starved-stream': 'short commands that wait, again and again, for long ones of other streams',
  'pageable-copies': 'copies that hold up the host because the device cannot reach its memory, or need not be',
  'swallowed-cancel': 'a task that was asked to end and went on',
  timeouts: 'waits that hardly ever end but by their timeout',
  unawaited: 'coroutines and tasks that nobody waits for',
  'launch-bound': 'kernels so short that the device waits for the next launch',
  'device-idle': 'a device that waits while the host prepares its next work',
  'sync-too-often': 'waits for a device at every step, after which it has nothing to do',
  'copy-bound': 'a device that spends more time on copies than on kernels',
}
export const ruleLooksFor = (rule: string): string => looksFor[rule] ?? ''

/** How bad a finding is, by its weight: a rule weighs by the share of time that is lost, or by what is at stake. */
export type Severity = 'grave' | 'heavy' | 'mild'
export const severityOf = (weight: number): Severity => (weight >= 1 ? 'grave' : weight >= 0.25 ? 'heavy' : 'mild')
export const severityWord = (weight: number): string =>
  weight >= 1 ? 'stops the run' : weight >= 0.5 ? 'severe' : weight >= 0.25 ? 'costly' : 'minor'

/** In the order in which they are shown; other chapters come after them. */
const chapterNames: Record<string, string> = {
  threading: 'Threads',
  gil: 'Threads against the GIL',
  processes: 'Processes',
  pools: 'Pools and their futures',
  asyncio: 'Tasks (asyncio)',
  mpi: 'Ranks and messages (MPI)',
  celery: 'Workers behind a broker (Celery)',
  rpc: 'Remote calls (Pyro, RPyC)',
  scoop: 'Futures over processes (SCOOP)',
  pycsp: 'Processes and channels (PyCSP)',
  mapreduce: 'Map and reduce (Dask, joblib)',
  gpu: 'Kernels on devices (OpenCL, CUDA)',
}
export const chapterName = (chapter: string): string =>
  chapterNames[chapter] ?? chapter.charAt(0).toUpperCase() + chapter.slice(1).replaceAll('_', ' ')

/** Recipes by the folder they are in, in each the easiest first; a fixed twin goes with the one it fixes. */
export function chaptersOf(recipes: readonly Recipe[]): [chapter: string, recipes: Recipe[]][] {
  const known = new Set(recipes.map((r) => r.id))
  const twins = new Set(recipes.flatMap((r) => (r.fixed && known.has(r.fixed) && r.fixed !== r.id ? [r.fixed] : [])))
  const chapters = new Map<string, Recipe[]>()
  for (const r of recipes) {
    if (twins.has(r.id)) continue
    const chapter = r.id.split('/')[0]!
    chapters.set(chapter, [...(chapters.get(chapter) ?? []), r])
  }
  return [...chapters]
    .toSorted(([a], [b]) => place(a) - place(b))
    .map(([chapter, own]) => [chapter, own.toSorted((a, b) => lead(a) - lead(b) || hardness(a) - hardness(b))])
}
const place = (chapter: string) => Object.keys(chapterNames).indexOf(chapter) + 1 || 99
/** One starts with a recipe that shows one fault; those that show how it goes well come last. */
/** What a newcomer should see first: a lock that all wait for, and what two locks can do. */
const leads = ['threading/lock_contention', 'threading/lock_order', 'threading/dining_philosophers']
const lead = ({ id }: Recipe) => leads.indexOf(id) + 1 || leads.length + 1
const hardness = ({ expect }: Recipe) => expect.length || 99

/** The CSS variable of a colour, as theme.ts names it. */
export const cssName = (meaning: Meaning): string => `var(--${meaning.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase())})`

/** "no compiler was found: apt-get install gcc" → what is missing, and the command that adds it ('' when none is said) */
export function commandOf(sentence: string): [lack: string, command: string] {
  const cut = sentence.lastIndexOf(': ')
  const lack = cut < 0 ? sentence : sentence.slice(0, cut)
  return [lack.charAt(0).toUpperCase() + lack.slice(1), cut < 0 ? '' : sentence.slice(cut + 2).trim()]
}

const awaitVerbs: Partial<Record<keyof typeof sliceKinds, [leading: string, leaf: string]>> = {
  lock: ['waits for', 'waits for a lock'],
  semaphore: ['waits for a permit of', 'waits for a permit'],
  condition: ['waits for a notify of', 'waits on a condition'],
  event: ['waits for', 'waits for an event'],
  barrier: ['waits for the others at', 'waits at a barrier'],
  join: ['waits for the end of', 'waits for a thread to end'],
  queueGet: ['waits for an item of', 'waits for an item'],
  queuePut: ['waits for room in', 'waits for room in a queue'],
  queueJoin: ['waits until done:', 'waits for a queue to be done'],
  sleep: ['sleeps', 'sleeps'],
  gil: ['waits for', 'waits for the GIL'],
  loop: ['is ready, waits for its turn on', 'is ready, waits for its turn'],
  task: ['awaits', 'awaits tasks'],
  future: ['waits for a result of', 'waits for a result'],
  io: ['waits for I/O', 'waits for I/O'],
  message: ['waits for a message in', 'waits for a message'],
  process: ['waits for the end of', 'waits for a process to end'],
  collective: ['waits for the other ranks of', 'waits in a collective'],
  send: ['waits for its message to be taken from', 'waits for a message to be taken'],
  device: ['waits for commands of', 'waits for a device'],
}
const heldVerbs: Partial<Record<ObjectKindName, string>> = { loop: 'runs a step of', process: 'ends when this does:' }
/** In the graph of who awaits whom: what a node does, before the node that it leads to, or alone. */
export function awaitVerb(node: Pick<AwaitNode, 'doing' | 'kind' | 'name'>, leaf: boolean): string {
  if (node.doing === 'runs') return 'runs'
  if (node.doing === sliceKinds.stall) return 'blocks the loop'
  if (node.doing !== null) return awaitVerbs[nameOfNumber.get(node.doing)!]?.[leaf ? 1 : 0] ?? 'waits'
  if (node.kind === 'thread' || node.kind === 'task') return 'has ended'
  const word = objectWord(node.kind)
  if (leaf) return node.name.toLowerCase().includes(word.toLowerCase()) ? '' : word
  return heldVerbs[node.kind] ?? 'held by'
}
