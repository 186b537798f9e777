"""RPyC. A request is a job of the side that serves it: of the server, or of the client when the server calls back. It is
submitted where it is sent; who asks for the answer waits, and serves meanwhile what the other side asks.

A request has the sender's own number, so both ends find it: "127.0.0.1:50312 > 127.0.0.1:9090 7". Where the program looks
up an attribute of a remote object that is a request too. What RPyC sends for itself to let objects go is left out.
"""

import os

from .. import wire
from .remote import Call, Remote, text_of

remotes = []


def hook(module, core):
    if not remotes:
        remotes.append(Remote(core, 'rpyc'))
        core.library(os.path.dirname(os.path.dirname(module.__file__)))
    remote = remotes[0]
    {
        'rpyc.core.async_': hook_answers,
        'rpyc.core.protocol': hook_connection,
        'rpyc.core.stream': hook_stream,
        'rpyc.utils.server': hook_servers,
    }[module.__name__](module, core, remote)


# ── who calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def hook_answers(module, core, remote):
    original = module.AsyncResult
    slots = {'__slots__': ('_interleave',), '__module__': original.__module__, '__doc__': original.__doc__}
    module.AsyncResult = type('AsyncResult', (original,), slots)

    def wait(self):
        call = getattr(self, '_interleave', None)
        if call is None:
            return None
        waits = not self._is_ready
        remote.here.made.append(call)
        if waits:
            core.wait(wire.WHY_FUTURE, call.pool, self._ttl.finite)
        return self, call, waits

    def waited(told, answer, error):
        self, call, waits = told
        remote.here.made.remove(call)
        how = wire.OUTCOME_DONE
        if not self._is_ready:
            how = wire.OUTCOME_TIMED_OUT if isinstance(error, module.AsyncResultTimeout) else wire.OUTCOME_RAISED
        elif self._is_exc and self._obj is not StopIteration:
            how = wire.OUTCOME_RAISED
        remote.answered(call, how)
        if waits:
            core.wake(call.pool, wire.OUTCOME_DONE if self._is_ready else how)

    def comes(self, is_exc, obj):
        """Those who asked to be called when it comes have it now."""
        if self._callbacks and not self.expired and getattr(self, '_interleave', None):
            raised = is_exc and obj is not StopIteration
            remote.answered(self._interleave, wire.OUTCOME_RAISED if raised else wire.OUTCOME_DONE)

    core.around(module.AsyncResult, 'wait', wait, waited)
    core.around(module.AsyncResult, '__call__', comes)


def hook_stream(module, core, remote):
    def connect(*args, **named):
        core.wait(wire.WHY_IO)
        return True

    core.around(module.SocketStream, '_connect', connect, lambda told, answer, error: core.wake())


# ── who serves ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ends:
    """What a connection's two ends are called: this one and the other."""

    def __init__(self, conn):
        stream = conn._channel.stream
        sock = getattr(stream, 'sock', None)
        if sock is not None:
            self.own, self.other = text_of(sock.getsockname()), text_of(sock.getpeername())
        else:
            self.own, self.other = (f'pipe {os.fstat(end.fileno()).st_ino}' for end in (stream.incoming, stream.outgoing))
        self.serves = bool(conn._config.get('endpoints'))


def hook_connection(module, core, remote):
    consts, connection = module.consts, module.Connection
    here = remote.here
    silent = (consts.HANDLE_DEL, consts.HANDLE_CLOSE)
    names = {
        value: name.removeprefix('HANDLE_').lower() for name, value in vars(consts).items() if name.startswith('HANDLE_')
    }

    def ends_of(conn):
        known = remote.connections.get(conn)
        if known is None:
            try:
                known = remote.connections[conn] = Ends(conn)
            except (OSError, AttributeError, ValueError):  # closed, or of a stream without ends that have names
                return None
        return known

    def name_callbacks(address):
        """What a client serves has no name of its own. Both ends say it, the first of them when it makes it."""
        if address not in named:
            named.add(address)
            core.say('name', {'object': remote.server(address), 'name': 'callbacks'})

    named = set()

    def send(self, msg, seq, args):
        sent = None
        if msg == consts.MSG_REQUEST:
            ends = ends_of(self) if args[0] not in silent else None
            if ends:
                sent = Call(self, wanted(args))
                sent.id = f'{ends.own} > {ends.other} {seq}' if ends.own and ends.other else ''
                sent.pool = remote.server(ends.other)
                if ends.serves:
                    name_callbacks(ends.other)
                answer = self._request_callbacks.get(seq)
                if isinstance(answer, module.AsyncResult):
                    answer._interleave = sent
        elif here.served and here.served[-1].of is self and here.served[-1].flags == seq:
            call = here.served[-1]
            call.raised = msg == consts.MSG_EXCEPTION and args != consts.EXC_STOP_ITERATION
            remote.over(call)
        here.sent.append(sent)
        return True

    def sent(told, answer, error):
        here.sent.pop()

    def packed(told, message, error):
        if here.sent[-1] is not None and error is None:
            remote.submit(here.sent[-1], len(message) + 1)

    def wanted(args):
        """What a request asks for, as far as the caller knows."""
        handler, (label, boxed) = args
        name = boxed[1] if len(boxed) > 1 and handler in (consts.HANDLE_GETATTR, consts.HANDLE_CALLATTR) else None
        if name is None:
            return names[handler]
        return f'{names[handler]} {name if label == consts.LABEL_VALUE else name[1]}'

    def asked(conn, handler, args):
        """The object that a request is about, and the name of an attribute."""
        label, boxed = args
        if label != consts.LABEL_TUPLE or not boxed or boxed[0][0] != consts.LABEL_LOCAL_REF:
            return None, ''
        name = boxed[1][1] if len(boxed) > 1 and boxed[1][0] == consts.LABEL_VALUE else ''
        return conn._local_objects[boxed[0][1]], name if isinstance(name, str) else ''

    def describe(call, conn, handler, args):
        what, name = asked(conn, handler, args)
        kind = type(what).__name__
        if handler == consts.HANDLE_CALL and what is not None:
            call.function = what
            call.name = getattr(what, '__qualname__', kind).replace('exposed_', '')
        elif name and handler in (consts.HANDLE_GETATTR, consts.HANDLE_SETATTR, consts.HANDLE_CALLATTR):
            call.name = f'{names[handler]} {kind}.{name}'
        else:
            call.name = f'{names[handler]} {kind}' if what is not None else names[handler]

    def dispatch(self, seq, raw_args):
        ends = ends_of(self) if raw_args[0] not in silent else None
        if not ends:
            return None
        call = Call(self, names.get(raw_args[0], 'unknown'))
        call.flags = seq
        call.pool = remote.server(ends.own)
        call.id = f'{ends.other} > {ends.own} {seq}' if ends.own and ends.other else ''
        here.served.append(call)
        if not ends.serves:
            name_callbacks(ends.own)
        remote.arrived(call)
        try:
            describe(call, self, *raw_args)
        finally:
            remote.begin(call)
        return call

    def dispatched(call, answer, error):
        here.served.remove(call)
        call.raised = True  # else the reply has ended it
        remote.over(call)

    def serve(self, timeout=1, wait_for_lock=True, waiting=None):
        """A server's thread that waits for no answer has nothing to do until a request comes."""
        ends = ends_of(self)
        if not wait_for_lock or here.made or not ends or not ends.serves:
            return None
        rest = Call(self)
        rest.pool = remote.server(ends.own)
        remote.rests(rest)
        here.resting = rest
        return rest

    def read(self, data):
        rest = getattr(here, 'resting', None)
        if rest is not None and rest.of is self:
            remote.works(rest)

    core.around(connection, '_send', send, sent)
    core.around(module.brine, 'dump', lambda obj: True if here.sent else None, packed)
    core.around(connection, '_dispatch_request', dispatch, dispatched)
    core.around(connection, 'serve', serve, lambda rest, answer, error: remote.works(rest))
    core.around(connection, '_dispatch', read)


def hook_servers(module, core, remote):
    def made(self, answer, error):
        if error is None:
            pool = remote.server(text_of(self.listener.getsockname()), capacity(self))
            service = self.service if isinstance(self.service, type) else type(self.service)
            core.say('name', {'object': pool, 'name': service.__name__})

    def capacity(self):
        return 1 if isinstance(self, module.OneShotServer) else getattr(self, 'nbthreads', 0)

    def listen(self):
        core.wait(wire.WHY_IO, 0, True)
        return [True]

    def pool_of(self):
        pool = remote.server(text_of(self.listener.getsockname()), capacity(self))
        core.wait(wire.WHY_QUEUE_GET, pool)
        here.pool = pool
        return (pool,)

    def serve(self, fd):
        core.wake(here.pool)
        return (here.pool,)

    here = remote.here
    core.around(module.Server, '__init__', lambda self, *args, **named: self, made)
    core.around(module.ThreadPoolServer, '_serve_clients', pool_of, lambda told, *_: core.wake(told[0]))
    core.around(module.ThreadPoolServer, '_serve_requests', serve, lambda told, *_: core.wait(wire.WHY_QUEUE_GET, told[0]))
    core.around(module.ThreadPoolServer, '_poll_inactive_clients', listen, lambda told, *_: core.wake())
