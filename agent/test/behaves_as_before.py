"""Every assertion here holds in a plain Python; the test runs it plain and recorded. What a program can see of its locks
and threads is the same: types, words, references, errors, signals, tracebacks."""

import copy
import gc
import inspect
import io
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
import unittest
import weakref
import _thread



class Locks(unittest.TestCase):
    def test_types_and_words(self):
        lock = threading.Lock()
        self.assertIsInstance(lock, _thread.LockType)
        self.assertIsInstance(lock, type(threading.Lock()))
        self.assertNotIsInstance(1, _thread.LockType)
        self.assertEqual((type(lock).__module__, type(lock).__name__, type(lock).__qualname__), ('_thread', 'lock', 'lock'))
        self.assertRegex(repr(lock), r'^<unlocked _thread\.lock object at 0x[0-9a-f]+>$')
        with lock:
            self.assertRegex(repr(lock), r'^<locked _thread\.lock object at 0x[0-9a-f]+>$')
        rlock = threading.RLock()
        self.assertIsInstance(rlock, _thread.RLock)
        self.assertRegex(repr(rlock), r'^<unlocked _thread\.RLock object owner=0 count=0 at 0x[0-9a-f]+>$')
        with rlock, rlock:
            words = rf'^<locked _thread\.RLock object owner={threading.get_ident()} count=2 at 0x[0-9a-f]+>$'
            self.assertRegex(repr(rlock), words)

    def test_returns(self):
        lock = threading.Lock()
        self.assertIs(lock.acquire(), True)
        self.assertIs(lock.acquire(False), False)
        self.assertIs(lock.acquire(timeout=0.001), False)
        self.assertIs(lock.release(), None)
        with lock as entered:
            self.assertIs(entered, True)
        with threading.RLock() as entered:
            self.assertIs(entered, True)
        with threading.Semaphore() as entered:
            self.assertIs(entered, True)
        with threading.Condition() as entered:
            self.assertIs(entered, True)

    def test_errors(self):
        lock, rlock = threading.Lock(), threading.RLock()
        for call, error, words in [
            (lock.release, RuntimeError, 'release unlocked lock'),
            (rlock.release, RuntimeError, 'cannot release un-acquired lock'),
            (lambda: lock.acquire(False, 1), ValueError, "can't specify a timeout for a non-blocking call"),
            (lambda: lock.acquire(timeout=-2), ValueError, 'timeout value must be'),
            (lambda: lock.acquire(timeout=1e100), OverflowError, 'timestamp'),
            (lambda: lock.acquire(True, 1, 1), TypeError, 'acquire()'),
            (lambda: lock.acquire(wrong=1), TypeError, 'wrong'),
            (lambda: threading.Condition().wait(), RuntimeError, 'cannot wait on un-acquired lock'),
            (lambda: threading.Condition().notify(), RuntimeError, 'cannot notify on un-acquired lock'),
            (lambda: threading.Semaphore(-1), ValueError, 'semaphore initial value must be >= 0'),
            (lambda: threading.Semaphore().acquire(False, 1), ValueError, "can't specify timeout for non-blocking acquire"),
            (lambda: threading.Semaphore().acquire(1, 2, 3), TypeError, 'acquire()'),
            (threading.BoundedSemaphore().release, ValueError, 'Semaphore released too many times'),
            (queue.Queue().task_done, ValueError, 'task_done() called too many times'),
            (lambda: queue.Queue().get(timeout=-1), ValueError, "'timeout' must be a non-negative number"),
            (lambda: _thread.start_new_thread(1, ()), TypeError, 'first arg must be callable'),
            (lambda: _thread.start_new_thread(print, 1), TypeError, '2nd arg must be a tuple'),
            (lambda: time.sleep(-1), ValueError, 'sleep length must be non-negative'),
            (lambda: time.sleep('x'), TypeError, ''),
        ]:
            with self.subTest(words=words), self.assertRaises(error) as caught:
                call()
            self.assertIn(words, str(caught.exception))

    def test_references(self):
        for make in (threading.Lock, threading.RLock, threading.Condition, threading.Event, queue.Queue, queue.SimpleQueue):
            thing = make()
            alive = weakref.ref(thing)
            self.assertIs(alive(), thing)
            del thing
            gc.collect()
            self.assertIsNone(alive(), make)

    def test_items_are_let_go(self):
        class Item:
            pass

        for make in (queue.Queue, queue.LifoQueue, queue.SimpleQueue):
            line, item = make(), Item()
            alive = weakref.ref(item)
            line.put(item)
            del item
            self.assertIsNotNone(alive())
            line.get()
            self.assertIsNone(alive(), make)

    def test_no_pickles_and_copies(self):
        for thing, name in [(threading.Lock(), '_thread.lock'), (threading.RLock(), '_thread.RLock')]:
            for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
                with self.assertRaisesRegex(TypeError, f"cannot pickle '{name}' object"):
                    attempt(thing)

    def test_subclassing(self):
        with self.assertRaises(TypeError):
            type('Mine', (type(threading.Lock()),), {})
        mine = type('Mine', (_thread.RLock,), {'extra': 1})()
        with mine:
            self.assertEqual(mine.extra, 1)
        with self.assertRaises(AttributeError):
            threading.Lock().extra = 1
        with self.assertRaises(TypeError):
            type(threading.Lock()).acquire = None

    def test_nothing_is_added(self):
        self.assertEqual(sorted(vars(threading.Event())), ['_cond', '_flag'])
        self.assertEqual(sorted(vars(threading.Semaphore())), ['_cond', '_value'])
        self.assertLessEqual(set(vars(threading.Barrier(1))), {'_cond', '_action', '_timeout', '_parties', '_state', '_count'})
        self.assertRegex(repr(threading.Condition(threading.Lock())), r'^<Condition\(<unlocked _thread\.lock .*>, 0\)>$')
        self.assertEqual([name for name in sys.path if 'agent' in name and name.endswith('site')], [])
        self.assertEqual(str(inspect.signature(threading.Condition().notify)), '(n=1)')
        self.assertEqual(str(inspect.signature(threading.Condition)), '(lock=None)')
        self.assertEqual(str(inspect.signature(queue.Queue().task_done)), '()')
        self.assertIn('Wake up one or more threads', threading.Condition.notify.__doc__)
        self.assertEqual(time.sleep.__module__, 'time')
        self.assertEqual(repr(time.sleep), '<built-in function sleep>')

    def test_documentation(self):
        self.assertIn('synchronization primitive', type(threading.Lock()).__doc__)
        self.assertIn('unlock', type(threading.Lock()).__doc__)
        self.assertIn('FIFO', queue.SimpleQueue.__doc__)

    def test_more_notifies_than_fit_a_long(self):
        condition = threading.Condition()
        with condition:
            self.assertIsNone(condition.notify(10**30))
            self.assertIsNone(condition.notify(-(10**30)))

    def test_pickles_by_name(self):
        for thing in (threading.RLock, queue.SimpleQueue, time.sleep, os._exit, threading.Condition.notify):
            self.assertIs(pickle.loads(pickle.dumps(thing)), thing)

    def test_borrowed_methods(self):
        class Borrows(queue.Queue):
            _init, _put, _get = queue.PriorityQueue._init, queue.PriorityQueue._put, queue.PriorityQueue._get

        line = Borrows()
        for item in (2, 1):
            line.put(item)
        self.assertEqual([line.get(), line.get()], [1, 2])

    def test_simple_queue_arguments(self):
        line = queue.SimpleQueue()
        line.put(item=1)
        with self.assertRaises(TypeError):
            line.put(1, True, None, 4)
        self.assertEqual([line.get(block=False), line.qsize()], [1, 0])

    def test_after_fork(self):
        lock = threading.Lock()
        lock.acquire()
        lock._at_fork_reinit()
        self.assertFalse(lock.locked())


class Threads(unittest.TestCase):
    def test_uncaught_exception(self):
        seen = []
        self.addCleanup(setattr, threading, 'excepthook', threading.excepthook)
        threading.excepthook = seen.append
        thread = threading.Thread(target=lambda: 1 / 0, name='divider')
        thread.start()
        thread.join()
        self.assertIs(seen[0].exc_type, ZeroDivisionError)
        self.assertIs(seen[0].thread, thread)
        files = {os.path.basename(frame.filename) for frame in traceback.extract_tb(seen[0].exc_traceback)}
        self.assertEqual(files, {'threading.py', os.path.basename(__file__)})

    def test_low_level_thread_that_fails(self):
        seen, done = [], threading.Event()

        def hook(args):
            seen.append((args.exc_type, args.err_msg))
            done.set()

        self.addCleanup(setattr, sys, 'unraisablehook', sys.unraisablehook)
        sys.unraisablehook = hook

        def fails():
            raise KeyError('x')

        _thread.start_new_thread(fails, ())
        done.wait()
        self.assertIs(seen[0][0], KeyError)
        self.assertIn('in thread started by', seen[0][1])

    def test_exit_in_a_thread_is_quiet(self):
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
        self.assertFalse(thread.is_alive())

    def test_arguments(self):
        got, done = [], threading.Event()

        def take(*args, **kwargs):
            got.append((args, kwargs))
            done.set()

        _thread.start_new_thread(take, (1,), {'two': 2})
        done.wait()
        self.assertEqual(got, [((1,), {'two': 2})])

    def test_join_errors(self):
        with self.assertRaisesRegex(RuntimeError, 'cannot join thread before it is started'):
            threading.Thread().join()
        with self.assertRaisesRegex(RuntimeError, 'cannot join current thread'):
            threading.current_thread().join()

    def test_fork_in_a_handler_during_a_wait(self):
        lock = threading.Lock()
        lock.acquire()
        children = []

        def fork(*_):
            children.append(os.fork())
            # in the child nobody else is left who could give the lock back
            threading.Thread(target=lock.release).start()

        before = signal.signal(signal.SIGALRM, fork)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            got = lock.acquire(timeout=60)
        finally:
            signal.signal(signal.SIGALRM, before)
        if children == [0]:
            other = threading.Thread(target=lambda: lock.acquire() and lock.release())
            other.start()
            lock.release()
            other.join()
            os._exit(0 if got else 1)
        self.assertTrue(got)
        self.assertEqual(os.waitpid(children[0], 0)[1], 0)

    def test_signal_during_a_wait(self):
        class Alarm(Exception):
            pass

        def ring(*_):
            raise Alarm

        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, ring))
        lock = threading.Lock()
        lock.acquire()
        event, line = threading.Event(), queue.Queue()
        for wait in (lock.acquire, event.wait, line.get, lambda: time.sleep(60), lambda: threading.Semaphore(0).acquire()):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            with self.assertRaises(Alarm):
                wait()
        self.assertFalse(lock.acquire(False))
        line.put(1)
        self.assertEqual(line.get(), 1)

    def test_handler_that_returns_keeps_the_wait(self):
        rung = []
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, lambda *_: rung.append(1)))
        lock = threading.Lock()
        lock.acquire()
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        self.assertFalse(lock.acquire(timeout=0.05))
        self.assertEqual(rung, [1])


class Printed(unittest.TestCase):
    def test_traceback_of_a_wait(self):
        def fails():
            with threading.Lock():
                raise ValueError('inside')

        out = io.StringIO()
        try:
            fails()
        except ValueError:
            traceback.print_exc(file=out)
        self.assertEqual(out.getvalue().count('File '), 2)
        self.assertNotIn('interleave_agent', out.getvalue())


unittest.main(argv=['behaves_as_before'], verbosity=2)
