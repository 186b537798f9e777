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
  ['a, b = Lock(), Lock()', 'f', ''],
  ['return Lock()', 'f', ''],
  ['', 'f', ''],
  ['(lock := Lock())', 'f', 'lock'],
])('%s in %s is "%s"', (line, func, name) => expect(nameOf(line, func)).toBe(name))

test('the second of one name and place is numbered', () => {
  const names = new Names()
  expect(['lock', 'lock', 'lock'].map((n) => names.unique(n, 'a.py', 3))).toEqual(['lock', 'lock #2', 'lock #3'])
  expect(names.unique('lock', 'a.py', 4)).toBe('lock')
  expect(numbered('boundedSemaphore', 7)).toBe('BoundedSemaphore #7')
  expect(shortPlace('/x/bank.py', 12)).toBe('bank.py:12')
  expect(shortPlace('', 0)).toBe('')
})
