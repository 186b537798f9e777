"""What remote calls have in common, whichever library makes them. In comes a connection's socket, out go keys that both its
ends find: a server is known by its address, a call by the addresses of both ends and its number on the connection.

    caller   submit ─ wait ···················· result ─ wake         id "127.0.0.1:50312 > 127.0.0.1:9090 7"
    server            jobBegin ─ served ─ jobEnd

Both ends count the same messages of one ordered stream, so nothing of ours is in what is sent. A Unix socket has no
address at the caller's end: there the caller only waits, and the server's jobs have no submit.
"""

import threading
import weakref

from .. import wire


def text_of(address):
    """'127.0.0.1:9090', the path of a Unix socket; '' of one without a name."""
    if not isinstance(address, tuple):
        return address if isinstance(address, str) else ''
    host = address[0].removeprefix('::ffff:')
    # who listens on all addresses is mostly called by this one
    return f'{ {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)}:{address[1]}'


class Connection:
    """One end of it: who calls and who is called, as both ends read it, and how many calls there were."""

    def __init__(self, sock, called):
        own, other = text_of(sock.getsockname()), text_of(sock.getpeername())
        self.caller, self.server = (other, own) if called else (own, other)
        self.calls = 0

    def next(self):
        """The id of the next call; '' when the other end could not find it."""
        self.calls += 1
        return f'{self.caller} > {self.server} {self.calls}' if self.caller and self.server else ''


class Call:
    """A call that this thread makes, or serves. `state`: '' nothing was told of it, 'open', 'over'."""

    def __init__(self, of, name=''):
        self.of = of  # what the library has for it
        self.name = name
        self.function = None
        self.id = ''
        self.pool = self.key = self.flags = 0
        self.state = ''
        self.raised = self.idle = False


class Here(threading.local):
    """What the thread is in the middle of, innermost last."""

    def __init__(self):
        self.made = []
        self.served = []
        self.sent = []


class Remote:
    """The servers, connections and calls of one library."""

    def __init__(self, core, library):
        self.core = core
        self.library = library
        self.here = Here()
        self.pools = {}
        self.connections = weakref.WeakKeyDictionary()

    def server(self, address, capacity=None):
        """Its pool. Who serves says how many calls it can serve at once, 0 = any number, and later a name; one that nobody
        recorded is called by its address."""
        pool = self.pools.get(address)
        if pool is None:
            key = f'server {self.library} {address}'
            first = self.core.count(key, 'sent') == 1
            name = address if first and capacity is None else None
            pool = self.pools[address] = self.core.make(wire.OBJ_POOL, key, capacity or 0, name)
        return pool

    def connection(self, end, sock, called):
        """Of what the library has for it; None when the socket is closed already."""
        known = self.connections.get(end)
        if known is None:
            try:
                known = self.connections[end] = Connection(sock, called)
            except OSError:
                return None
        return known

    # ── the caller ──
    def submit(self, call, size, oneway=False):
        """The call, whose id and pool are known, goes out."""
        call.state = '' if oneway else 'open'
        if not call.id:
            return
        call.key = self.core.key(call.id)
        served = self.here.served
        parent = served[-1].id if served else ''
        self.core.say('job', self.line(call, called=call.name, bytes=size, parent=parent or None, ignored=oneway or None))
        self.core.job(wire.EV_SUBMIT, call.pool, call.key)

    def answered(self, call, how):
        """Who made it has the answer, or knows that there will be none."""
        if call.state != 'open':
            return
        call.state = 'over'
        if call.id:
            self.core.job(wire.EV_RESULT, call.pool, call.key, how, 0)

    # ── the server ──
    def arrived(self, call):
        """The call, whose id is known or '', was read."""
        call.key = self.core.key(call.id or f'{self.library} {self.core.count(self.library, "received")}')

    def begin(self, call):
        if call.state or not call.key:
            return
        call.state = 'open'
        self.core.say('job', self.line(call, name=call.name))
        site = self.core.site_of(call.function) if call.function is not None else 0
        self.core.job(wire.EV_JOB_BEGIN, call.pool, call.key, 0, site)

    def over(self, call):
        if not call.state and call.key:  # the object or function was not found
            call.name = call.name or 'unknown'
            self.begin(call)
        if call.state != 'open':
            return
        call.state = 'over'
        how = wire.OUTCOME_RAISED if call.raised else wire.OUTCOME_DONE
        self.core.job(wire.EV_JOB_END, call.pool, call.key, how, 0)

    def rests(self, call):
        """Who serves has nothing to do until the next call comes."""
        call.idle = True
        self.core.wait(wire.WHY_QUEUE_GET, call.pool)

    def works(self, call):
        if call.idle:
            call.idle = False
            self.core.wake(call.pool)

    def line(self, call, **more):
        return {'pool': call.pool, 'key': f'{call.key:016x}', 'id': call.id or None, **more}
