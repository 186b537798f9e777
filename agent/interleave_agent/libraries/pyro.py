"""Pyro5 and Pyro4. A call of a proxy is a job of the daemon: the caller submits it when its message is sent and waits for the
reply; the daemon begins it when the method is found and ends it right before the reply is sent.

The two versions differ in names only. A one-way call has no wait and no result, and is served by a thread of its own. A
batch is one message and so one job. A connection that a full pool of threads turns away is a refused try on the daemon.
"""

import sys
import weakref

from .. import wire
from .remote import Call, Remote, text_of

INVOKE = 4  # of messages
ONEWAY, BATCH = 4, 8  # flags of a message
versions = {}


class Version:
    def __init__(self, core, name):
        self.core = core
        self.remote = Remote(core, name)
        self.names = weakref.WeakKeyDictionary()  # daemon → classes of its objects
        self.workers = weakref.WeakKeyDictionary()  # pool of threads → serial
        self.starting = []  # servers whose pool of threads is being made
        self.elsewhere = {}  # thread of a one-way call → call


def hook(module, core):
    name, _, part = module.__name__.partition('.')
    if name not in versions:
        versions[name] = Version(core, name)
        core.library(sys.modules[name].__path__[0])
    version = versions[name]
    if part == 'client':
        version.communication_error = module.errors.CommunicationError
        hook_caller(version, module.Proxy, module.socketutil.SocketConnection)
        version.core.around(module.protocol, 'recv_stub', *received(version))
    elif part == 'server':
        hook_daemon(version, module, module, '_get_attribute', '_get_exposed_property_value', '_set_exposed_property_value')
        version.core.around(module, '_default_methodcall_error_handler', raises(version))
    elif part == 'core':
        util, message = module.util, module.message.Message
        version.communication_error = module.errors.CommunicationError
        hook_caller(version, module.Proxy, module.socketutil.SocketConnection)
        core.around(message, 'recv', *received(version))
        hook_daemon(version, module, util, 'getAttribute', 'get_exposed_property_value', 'set_exposed_property_value')
    elif part == 'futures':
        hook_future(version, module.FutureResult)
    else:
        hook_threads(version, module)


# ── the caller ────────────────────────────────────────────────────────────────────────────────────────────────────────


def hook_caller(version, proxy, connection):
    core, remote = version.core, version.remote
    here = remote.here

    def invoke(self, methodname, vargs, kwargs, flags=0, objectId=None):
        call = Call(self, f'{len(vargs)} calls' if flags & BATCH else methodname)
        here.made.append(call)
        return call

    def invoked(call, answer, error):
        here.made.remove(call)
        if call.state:
            late = type(error).__name__ == 'TimeoutError' and isinstance(error, version.communication_error)
            raised = error is not None and not isinstance(error, StopIteration)
            how = wire.OUTCOME_TIMED_OUT if late else wire.OUTCOME_RAISED if raised else wire.OUTCOME_DONE
            remote.answered(call, how)
            core.wake(call.pool, wire.OUTCOME_TIMED_OUT if late else wire.OUTCOME_DONE)

    def send(self, data):
        """On its proxy's own connection a call's first message is the call; what who serves one sends back is the reply."""
        if here.made and not here.made[-1].pool and here.made[-1].of._pyroConnection is self:
            known = remote.connection(self, self.sock, False)
            if known:
                call, oneway = here.made[-1], bool(data[9] & ONEWAY)
                call.id, call.pool = known.next(), remote.server(known.server)
                remote.submit(call, len(data), oneway)
                if not oneway:
                    core.wait(wire.WHY_FUTURE, call.pool, self.sock.gettimeout() is not None)
        elif here.served and here.served[-1].of is self:
            remote.over(here.served[-1])

    def connect(self, *args, **named):
        if self._pyroConnection is None:
            core.wait(wire.WHY_IO)
            return self

    def connected(self, answer, error):
        core.wake(0, wire.OUTCOME_RAISED if error else wire.OUTCOME_DONE)

    core.around(proxy, '_pyroInvoke', invoke, invoked)
    core.around(proxy, '_Proxy__pyroCreateConnection', connect, connected)
    core.around(connection, 'send', send)


def hook_future(version, future):
    """Of Pyro4's asynchronous calls, which a thread of its own makes."""
    core = version.core

    def wait(self, timeout=None):
        if not self.ready:
            core.wait(wire.WHY_FUTURE, 0, timeout is not None)
            return self

    version.core.around(future, 'wait', wait, lambda self, answer, error: core.wake())
    version.core.around(future, 'get_value', wait, lambda self, answer, error: core.wake())


# ── the daemon ────────────────────────────────────────────────────────────────────────────────────────────────────────


def received(version):
    """Around the reading of a message: one that a daemon reads is a call."""
    remote = version.remote

    def read(connection, *rest, **named):
        served = remote.here.served
        return served[-1] if served and served[-1].of is connection and not served[-1].key else None

    def was_read(call, message, error):
        remote.works(call)
        if error is None and message.type == INVOKE:
            call.flags = message.flags
            call.id = remote.connections[call.of].next()
            remote.arrived(call)

    return read, was_read


def raises(version):
    def failed(*args, flags=0, **named):
        """Also called to say that the result is a stream, and at the end of one."""
        served = version.remote.here.served
        if served and not flags and not any(isinstance(each, (StopIteration, GeneratorExit)) for each in args):
            served[-1].raised = True

    return failed


def hook_daemon(version, module, accessors, get_attribute, get_property, set_property):
    core, remote = version.core, version.remote
    here, daemon = remote.here, module.Daemon
    threads = module.config

    def made(self, answer, error):
        sock = getattr(self.transportServer, 'sock', None) if error is None else None
        address = text_of(sock.getsockname()) if sock else ''
        if address:
            remote.server(address, capacity(self))

    def capacity(self):
        return threads.THREADPOOL_SIZE if hasattr(self.transportServer, 'pool') else 1

    def registered(told, answer, error):
        self, what = told
        sock = self.transportServer.sock
        address = text_of(sock.getsockname()) if sock and error is None else ''
        if address:
            names = version.names.setdefault(self, [])
            name = (what if isinstance(what, type) else type(what)).__name__
            if name not in names:
                names.append(name)
            core.say('name', {'object': remote.server(address), 'name': ', '.join(names[:4])})

    def serve(self, conn):
        call = Call(conn)
        here.served.append(call)
        known = remote.connection(conn, conn.sock, True)
        if known:
            call.pool = remote.server(known.server, capacity(self))
            if hasattr(self.transportServer, 'pool'):
                remote.rests(call)
        return call

    def served(call, answer, error):
        here.served.remove(call)
        if call.state != 'elsewhere':
            call.raised = call.raised or error is not None
            remote.over(call)

    def found(told, method, error):
        call, obj, name = told
        if error is None and not call.state:
            call.name, call.function = f'{type(obj).__name__}.{name}', method
            if call.flags & BATCH:
                call.name = f'{type(obj).__name__}: a batch'
            if not call.flags & ONEWAY or call.flags & BATCH or not getattr(threads, 'ONEWAY_THREADED', True):
                remote.begin(call)

    def find(obj, attr, *rest, **named):
        return (here.served[-1], obj, attr) if here.served and here.served[-1].key else None

    def access(which):
        def begin(obj, name, *rest, **named):
            if here.served and here.served[-1].key:
                call = here.served[-1]
                call.name = f'{type(obj).__name__}.{name}'
                call.function = getattr(getattr(type(obj), name, None), which, None)
                remote.begin(call)

        return begin

    def hand_over(self, *args, **named):
        if here.served and here.served[-1].key:
            version.elsewhere[self] = here.served[-1]
            here.served[-1].state = 'elsewhere'

    def run(self):
        call = version.elsewhere.pop(self, None)
        if call:
            call.state = ''
            here.served.append(call)
            remote.begin(call)
        return call

    def ran(call, answer, error):
        here.served.remove(call)
        call.raised = call.raised or error is not None
        remote.over(call)

    core.around(daemon, '__init__', lambda self, *args, **named: self, made)
    core.around(daemon, 'register', lambda self, what, *args, **named: (self, what), registered)
    core.around(daemon, 'handleRequest', serve, served)
    core.around(daemon, '_sendExceptionResponse', raises(version))
    core.around(accessors, get_attribute, find, found)
    core.around(accessors, get_property, access('fget'))
    core.around(accessors, set_property, access('fset'))
    core.around(module._OnewayCallThread, '__init__', hand_over)
    core.around(module._OnewayCallThread, 'run', run, ran)


def hook_threads(version, module):
    core, remote = version.core, version.remote
    workers = sys.modules[module.Pool.__module__]

    def begin(self, *args, **named):
        version.starting.append(self)
        return self

    def make(self):
        """The server listens already; the workers that are made now wait for it from the start."""
        if version.starting:
            address = text_of(version.starting[-1]._socketaddr)
            version.workers[self] = remote.server(address, module.config.THREADPOOL_SIZE)

    def work(self):
        pool = version.workers.get(self.pool, 0)
        core.wait(wire.WHY_QUEUE_GET, pool)
        return (pool,)

    def serve(self):
        known = remote.connection(self.csock, self.csock.sock, True)
        pool = remote.server(known.server) if known else 0
        core.wake(pool)
        return (pool,)

    def deny(self, reason):
        known = remote.connection(self.csock, self.csock.sock, True)
        if known:
            core.tell(wire.EV_REFUSED, remote.server(known.server))

    core.around(module.SocketServer_Threadpool, 'init', begin, lambda self, *_: version.starting.remove(self))
    core.around(module.Pool, '__init__', make)
    core.around(workers.Worker, 'run', work, lambda pool, *_: core.wake(pool[0]))
    core.around(module.ClientConnectionJob, '__call__', serve, lambda pool, *_: core.wait(wire.WHY_QUEUE_GET, pool[0]))
    core.around(module.ClientConnectionJob, 'denyConnection', deny)
