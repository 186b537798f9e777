"""PyCSP: processes are threads of their functions' names, and each write of a channel that is read is a message.

  writer   send(n) ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ wake        Who of many writers and readers meet is decided in the home of the channel, a
                │ request, n           ▲ n           thread, wherever it runs. So a write has its number from who writes, the number
  home          └──▶ both are there ───┤             goes with the request, and with the answer to the reader, in fields of PyCSP's
                │ request              ▼ n           headers that these leave empty: arrows are right between processes too.
  reader   wait ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ receive(n)

Poison, and an end that is retired, has a number too, and who waited is told by which it was let go. In an alternation it is
known only in the end which channel it was. What the threads of PyCSP itself wait for is told as what any library waits for.
Rejected: to count writes and reads where they begin: with two writers, the one who asks first need not be met first.
"""

import os
import sys
import threading
import types

from .. import wire

MARK = 'interleave_number'  # beside a request and in a buffer of PyCSP, which nobody else sees


def hook(module, core):
    if module.__name__ == 'pycsp.parallel.const':  # before the rest, whose own locks nobody is to see
        core.library(os.path.dirname(os.path.dirname(os.path.abspath(module.__file__))))
    elif module.__name__ == 'pycsp.greenlets':
        core.note('PyCSP in greenlets is not recorded: its processes all run in one thread. pycsp.parallel is.')
    else:
        channels = Channels(core)
        channels.listen_at_ends(sys.modules['pycsp.parallel.channel'], sys.modules['pycsp.parallel.alternation'])
        channels.listen_at_home(sys.modules['pycsp.parallel.protocol'], sys.modules['pycsp.parallel.dispatch'])
        call_processes(core, module, sys.modules['pycsp.parallel.protocol'], sys.modules['pycsp.parallel.dispatch'])


class Channels:
    def __init__(self, core):
        self.core = core
        self.serials = {}  # by address and name
        self.numbers = {}  # by process: of what let it go
        self.closed = {}  # by name: of what closed the channel whose home is here
        self.here = threading.local()  # the number that goes with what this thread sends

    def key(self, address, name):
        return f'pycsp {text(address[0])}:{address[1]} {text(name)}'

    def serial(self, channel, name=None):
        known = self.serials.get((channel.address, channel.name))
        if not known:
            key = self.key(channel.address, channel.name)
            name = name if isinstance(name, str) else None  # else PyCSP made one up
            known = self.core.make(wire.OBJ_CHANNEL, key, channel.buffer, name)
            self.serials[channel.address, channel.name] = known
        return known

    def let_go(self):
        """The number of what ended the wait of the process that runs here."""
        return self.numbers.pop(self.process()[0].id, 0)

    # ── at the ends ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def listen_at_ends(self, channel, alternation):
        self.process, self.guard, self.read = channel.getThreadAndName, alternation.Guard, channel.READ
        around, cls = self.core.around, channel.Channel
        around(cls, '__init__', lambda channel, name=None, *args, **kwargs: (channel, name), self.made)
        around(cls, '_read', self.reads, self.has_read)
        around(cls, '_write', self.writes, self.has_written)
        around(cls, '_poison', lambda channel, **kwargs: self.closes(channel, wire.CLOSING_POISONED, channel._ispoisoned))
        around(cls, '_retire', lambda channel, **kwargs: self.closes(channel, wire.CLOSING_RETIRED, channel._isretired))
        around(alternation.Alternation, '_choose', self.chooses, self.has_chosen)

    def made(self, token, answer, error):
        if not error:
            self.serial(*token)

    def reads(self, channel):
        if channel._ispoisoned or channel._isretired:
            return None
        serial = self.serial(channel)
        self.core.wait(wire.WHY_MESSAGE, serial)
        return serial

    def has_read(self, serial, answer, error):
        if error:
            self.core.wake(serial, wire.OUTCOME_RAISED, self.let_go())
        else:
            self.core.tell(wire.EV_RECEIVE, serial, self.let_go(), flags=wire.FLAG_ENDS)

    def writes(self, channel, message):
        if channel._ispoisoned or channel._isretired:
            return None
        serial = self.serial(channel)
        self.here.number = self.core.count(self.key(channel.address, channel.name), 'sent')
        self.core.tell(wire.EV_SEND, serial, self.here.number, flags=wire.FLAG_BLOCKS)
        return serial

    def has_written(self, serial, answer, error):
        self.here.number = 0
        self.core.wake(serial, wire.OUTCOME_RAISED if error else wire.OUTCOME_DONE, self.let_go())

    def closes(self, channel, how, already):
        if not already:
            self.here.number = self.core.count(f'{self.key(channel.address, channel.name)} closed', 'sent')
            self.core.tell(wire.EV_BROKEN, self.serial(channel), self.here.number, flags=how)

    def chooses(self, alternation):
        guards = [guard[0] for guard in alternation.guards]
        tries = any(type(guard).__name__ == 'SkipGuard' for guard in guards)  # it does not wait
        if not tries:
            self.core.wait(wire.WHY_MESSAGE, 0, any(hasattr(guard, 'seconds') for guard in guards))
        return guards, tries

    def has_chosen(self, token, answer, error):
        guards, tries = token
        number = self.let_go()
        if error:
            return tries or self.core.wake(0, wire.OUTCOME_RAISED, number)
        _, end, _, operation = answer
        if isinstance(end, self.guard):
            if not tries:
                return self.core.wake(0, wire.OUTCOME_TIMED_OUT)
            for other in guards:
                if not isinstance(other, self.guard):
                    self.core.tell(wire.EV_REFUSED, self.serial(other.channel))
        elif operation == self.read:
            self.core.tell(wire.EV_RECEIVE, self.serial(end.channel), number, flags=0 if tries else wire.FLAG_ENDS)
        else:
            self.core.tell(wire.EV_SEND, self.serial(end.channel), number)
            tries or self.core.wake(0)

    # ── at home ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def listen_at_home(self, protocol, dispatch):
        self.writing = protocol.CHANTHREAD_POST_WRITE, protocol.CHANTHREAD_POST_ACK_WRITE
        self.closing = (
            *(protocol.CHANTHREAD_POISON_READER, protocol.CHANTHREAD_POISON_WRITER),
            *(protocol.CHANTHREAD_RETIRE_READER, protocol.CHANTHREAD_RETIRE_WRITER),
        )
        self.success = protocol.LOCKTHREAD_NOTIFY_SUCCESS
        self.ended = protocol.LOCKTHREAD_POISON, protocol.LOCKTHREAD_RETIRE
        around = self.core.around
        around(dispatch.SocketThreadData, 'send', self.sends)
        around(dispatch.SocketThreadData, 'reply', self.replies)
        around(dispatch.QueueBuffer, 'pop_normal', lambda queue: True, self.comes)
        around(protocol.ChannelReq, '__init__', self.asks, lambda request, *_: setattr(request, MARK, self.here.asked))
        around(protocol.ChannelReq, 'offer', lambda write, read: self.matches(getattr(write, MARK)))
        around(protocol.Buffer, 'insertfrom', self.puts_in, self.is_in)
        around(protocol.Buffer, 'putinto', self.takes_out, self.is_out)
        around(protocol.RemoteLock, 'handle', self.answered)

    def sends(self, data, address, header, *args, **kwargs):
        if header.cmd in self.writing or header.cmd in self.closing:
            number = getattr(self.here, 'number', 0) or self.core.count(self.key(address, header.id), 'sent')
            header._result_id = b'%d' % number
            self.here.number = 0

    def comes(self, _, message, error):
        if error:
            return
        header = message.header
        if header.cmd in self.writing:
            self.here.asked = int(header._result_id or 0)
        elif header.cmd in self.closing:
            self.closed[header.id] = int(header._result_id or 0)

    def asks(self, request, messenger, process, sequence, channel, message=None):
        if message is None:
            self.here.asked = 0  # to read
        return request

    def matches(self, number):
        self.here.matched = number

    def puts_in(self, buffer, write):
        self.matches(getattr(write, MARK))
        return buffer, write

    def takes_out(self, buffer, read):
        numbers = getattr(buffer, MARK, None)
        self.matches(numbers[0] if numbers else 0)
        return buffer

    def is_in(self, token, answer, error):
        buffer, write = token
        if answer and answer[1]:
            buffer.__dict__.setdefault(MARK, []).append(getattr(write, MARK))

    def is_out(self, buffer, answer, error):
        if answer and answer[1]:
            getattr(buffer, MARK).pop(0)

    def replies(self, data, source, header, payload=b'', *args, **kwargs):
        if header.cmd == self.success and payload is not None:  # None: a guard's
            header.seq_number = self.here.matched
        elif header.cmd in self.ended:
            header.seq_number = self.closed.get(header._source_id, 0)

    def answered(self, lock, message):
        if message.header.cmd == self.success or message.header.cmd in self.ended:
            self.numbers[lock.process.id] = message.header.seq_number


def call_processes(core, parallel, protocol, dispatch):
    """Threads by what they are there for, and what those of PyCSP itself wait for."""
    made = {}  # how many of a function
    names = {}  # by process: it may be made by one thread, begin late, and never be started

    def number(process, answer, error):
        if not error:
            name = process.fn.__name__
            made[name] = made.get(name, 0) + 1
            names[process.id] = f'{name} {made[name]}' if made[name] > 1 else name

    def call(name):
        core.say('name', {'object': core.actor(), 'name': name})

    def waits(*args):
        core.wait(wire.WHY_MESSAGE)
        return True

    core.around(parallel.Process, '__init__', lambda process, *_, **__: process, number)
    core.around(parallel.Process, 'run', lambda process: call(names.pop(process.id, process.fn.__name__)))
    core.around(parallel.MultiProcess, 'run', lambda process: core.say('processName', {'name': process.fn.__name__}))
    core.around(protocol.ChannelHomeThread, 'run', lambda home: call(f'home of {given(home.id)}'))
    core.around(dispatch.SocketThread, 'run', lambda sockets: call('sockets of PyCSP'))
    dispatch.select = types.SimpleNamespace(select=dispatch.select.select)
    core.around(dispatch.select, 'select', waits, lambda *_: core.wake())
    core.around(dispatch.QueueBuffer, 'pop_normal', lambda queue: None if queue.normal else waits(), lambda *_: core.wake())


def given(name):
    """What the program calls a channel; PyCSP calls one that has no name by 32 hexadecimal digits."""
    made_up = len(name) == 32 and not text(name).strip('0123456789abcdef')
    return 'a channel' if made_up else text(name)


def text(name):
    return name.decode('utf-8', 'replace') if isinstance(name, bytes) else str(name)
