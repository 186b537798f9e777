import { expect, test } from 'vitest'
import { nameOf, Names, numbered, shortPlace } from './name.ts'

test.each([
  ['self.lock = threading.Lock()', 'Account.__init__', 'Account.lock'],
  ['        self.lock: threading.Lock = Lock()  # guards balance', 'bank.Account.__init__', 'Account.lock'],
  ['results = queue.Queue(maxsize=10)', '<module>', 'results'],
  ['results: Queue[int] = Queue()', 'main', 'results'],
  ['self.inner.lock = Lock()', 'run.<locals>.Pool.start', 'Pool.inner.lock'],
  ['locks = [threading.Lock() for _ in range(10)]', '<module>', 'locks'],
  ["self._locks['a'] = Lock()", 'Table.add', 'Table._locks[a]'],
  ['locks[name] = Lock()', 'f', 'locks[name]'],
  ['cls.shared = RLock()', 'Pool.make', 'Pool.shared'],
  ['_lock = Lock()', '<module>', '_lock'],
  ['zähler = Lock()', '<module>', 'zähler'],
  ['with Lock() as guard:', 'f', 'guard'],
  ['pool = Pool(lock=Lock(), size=4)', 'f', 'pool'],
  ['start(Lock())', 'f', ''],
  ['start(4, gate=threading.Event())', 'f', 'gate'],
  ["return {'reader': Lock()}", 'f', 'reader'],
  ['lock == Lock()', 'f', ''],
  ['return Lock()', 'f', ''],
  ['', 'f', ''],
  ['(lock := Lock())', 'f', 'lock'],
  ['def __init__(self, n: int = 0) -> None: self.lock = Lock()', 'Account.__init__', 'Account.lock'],
  ['def __init__(self): self.lock = Lock(); self.n = 0', 'Account.__init__', 'Account.lock'],
])('%s in %s is "%s"', (line, func, name) => expect(nameOf(line, func, 'lock', 0)).toBe(name))

const two = ['a, b = Lock(), Lock()', 'a = Lock(); b = Lock()', '  a, b = threading.Lock(), Lock()  # two']
test.each(two)('%s names each in its turn', (line) =>
  expect([0, 1, 2, 3].map((turn) => nameOf(line, 'f', 'lock', turn))).toEqual(['a', 'b', 'a', 'b']),
)
test.each([
  ['lock = Lock(); q = Queue()', 'lock', 'lock'],
  ['lock = Lock(); q = Queue()', 'queue', 'q'],
  ['self.a, self.b = RLock(), Lock()', 'lock', 'Pair.b'],
  ['self.a, self.b = RLock(), Lock()', 'rlock', 'Pair.a'],
  ['n = 3; gate = make()', 'event', 'gate'],
  ["text = ';'; gate = Event()", 'event', 'gate'],
  ['a = Lock(); b = [Lock(), Lock()]', 'lock', 'a'],
  // it cannot be told
  ['a = make(); b = make()', 'lock', ''],
  ['a = [Lock() for i in x]; b = Lock()', 'lock', ''],
  ['a = Lock() if x else None; b = Lock()', 'lock', ''],
  ['a, b = pair()', 'lock', ''],
] as const)('%s: the %s is "%s"', (line, kind, name) => expect(nameOf(line, 'Pair.__init__', kind, 0)).toBe(name))

test('a pipe is called by who writes and who reads', () => {
  const both = (line: string) => [0, 1, 2].map((turn) => nameOf(line, 'Pair.__init__', 'pipe', turn))
  expect(both('ours, theirs = ctx.Pipe()')).toEqual(['ours → theirs', 'theirs → ours', 'ours → theirs'])
  expect(both('    self.out, into = multiprocessing.Pipe(duplex=False)  # one way')).toEqual(
    Array(3).fill('into → Pair.out'),
  )
  expect(both('out, into = Pipe(0)')[1]).toBe('into → out')
  expect(both('pair = Pipe()')[0]).toBe('pair')
  expect(nameOf('a = Lock(); q = JoinableQueue()', 'f', 'queue', 0)).toBe('q')
})

test('the second of one name and place is numbered', () => {
  const names = new Names()
  expect(['lock', 'lock', 'lock'].map((n) => names.unique(n, 'a.py', 3))).toEqual(['lock', 'lock #2', 'lock #3'])
  expect(names.unique('lock', 'a.py', 4)).toBe('lock')
  expect(numbered('boundedSemaphore', 7)).toBe('BoundedSemaphore #7')
  expect(shortPlace('/x/bank.py', 12)).toBe('bank.py:12')
  expect(shortPlace('', 0)).toBe('')
})

test('a context that is met at its first queue has not that one’s name', () => {
  expect(nameOf('queue = cl.CommandQueue(context)', 'main', 'context', 0)).toBe('')
  expect(nameOf('queue = cl.CommandQueue(cl.create_some_context())', 'main', 'context', 0)).toBe('')
  expect(nameOf('context = cl.create_some_context()', 'main', 'context', 0)).toBe('context')
  expect(nameOf('queue = cl.CommandQueue(context)', 'main', 'stream', 0)).toBe('queue')
})
