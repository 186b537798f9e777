"""CUPTI's activity records, decoded: in come the records of a buffer, as cupti-python gives them, out go calls on core.

   API record     thread, start ─ end ┐ correlation id
   kernel, copy   start ─ end ────────┘ ─→ enqueue · called · returned · queued · submitted · started · ended

Both halves of a command may come in any order and in different buffers; a command is told when both are there, those of one
buffer in the order in which they were launched. A record is read while its buffer is there, and no longer: what is kept are
tuples. Attributes and their meaning are those of cupti-python's documentation (docs.nvidia.com/cupti-python: Activity API).

It knows nothing of a driver: cupti.py asks CUPTI for records, and where the program's lines are. A failed launch has no
command; a half that never comes is counted, and so is what CUPTI dropped. None of this has run on a GPU yet: it is tested with
records of cupti-python's own classes, filled by hand.
"""

from bisect import bisect_right

from .. import wire

sentence = (
    "CUPTI puts the device's times on a clock of its own, and does not say how well; that clock was read between two readings "
    "of the host's, at most {} ns apart"
)
MOST_HALVES = 50_000  # that may wait for their other half; what is more is given up, oldest first


class Clock:
    """CUPTI's time on the run's: read between two readings of ours, often, and the narrowest taken."""

    def __init__(self, core, timestamp):
        self.core, self.timestamp = core, timestamp
        self.points = [self.read()]
        self.uncertainty = self.points[0][2]

    def read(self):
        best = None
        for _ in range(9):
            before = self.core.now()
            theirs = self.timestamp()
            after = self.core.now()
            if best is None or after - before < best[2] * 2:
                best = theirs, (before + after) // 2 - theirs, (after - before + 1) // 2
        return best

    def again(self):
        """Two points: what lies between is between their offsets, what lies before as far off as the first."""
        self.points = [self.points[-1], self.read()]
        (_, first, _), (_, last, width) = self.points
        self.uncertainty = max(self.uncertainty, width, abs(last - first))

    def here(self, theirs):
        at, offset, _ = self.points[0]
        until, last, _ = self.points[-1]
        if theirs > at and until > at:
            offset += (last - offset) * (min(theirs, until) - at) // (until - at)
        return theirs + offset


class Places:
    """Where the program was: calls of a thread into the library, as (begin, end, site), told when they are over."""

    def __init__(self):
        self.of = {}

    def add(self, tid, begin, end, site):
        self.of.setdefault(tid, []).append((begin, end, site))

    def site(self, tid, start, end, margin):
        """0 where two may be meant, or none is."""
        calls = self.of.get(tid, ())
        at = bisect_right(calls, (start + margin, float('inf')))
        fits = [site for a, b, site in calls[max(0, at - 2) : at] if a - margin <= start and end <= b + margin]
        return fits[0] if len(fits) == 1 else 0

    def forget(self, tid, before):
        calls = self.of.get(tid)
        if calls:
            del calls[: max(0, bisect_right(calls, (before, 0)) - 1)]


class Stream:
    def __init__(self, serial):
        self.serial, self.commands, self.last, self.last_end = serial, 0, 0, 0


class Decoder:
    """`names(kind, cbid)` says what an API function is called."""

    def __init__(self, core, cupti, clock, places, names):
        self.core, self.clock, self.places, self.names = core, clock, places, names
        self.kind = kind = cupti.ActivityKind
        self.copies, self.memory, self.memory_done = cupti.ActivityMemcpyKind, cupti.ActivityMemoryKind, cupti.ActivityMemoryOperationType
        self.reads = {
            kind.RUNTIME: self.call,
            kind.DRIVER: self.call,
            kind.KERNEL: self.kernel,
            kind.CONCURRENT_KERNEL: self.kernel,
            kind.MEMCPY: self.copy,
            kind.MEMCPY2: self.copy,
            kind.MEMSET: self.fill,
            kind.MEMORY2: self.allocation,
            kind.SYNCHRONIZATION: self.synchronization,
            kind.DEVICE: self.device,
            kind.CONTEXT: self.context,
            kind.STREAM: lambda record: None,
            kind.OVERHEAD: lambda record: None,
        }
        self.calls, self.halves = {}, []  # correlation id → [thread, start, end, commands]; what has no call yet
        self.devices, self.contexts, self.streams, self.threads = {}, {}, {}, {}
        self.null_streams = set()
        self.launching = {}  # (kind, cbid) → whether the function launches something
        self.unknown = {}  # kind → how many records of it
        self.dropped = self.orphans = self.barren = self.said = 0

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def read(self, records):
        """While their buffer is there. Devices come first, and then their contexts: the others are said to be of those."""
        first = {self.kind.DEVICE: 0, self.kind.CONTEXT: 1}
        for record in sorted(records, key=lambda record: first.get(record.kind, 2)):
            read = self.reads.get(record.kind)
            if read:
                read(record)
            else:
                self.unknown[record.kind] = self.unknown.get(record.kind, 0) + 1
        self.pair()

    def call(self, record):
        if record.return_value == 0 and self.launches(record.kind, record.cbid):
            self.calls[record.correlation_id] = [record.thread_id, record.start, record.end, 0]

    def launches(self, kind, cbid):
        answer = self.launching.get((kind, cbid))
        if answer is None:
            name = self.names(kind, cbid)
            answer = self.launching[kind, cbid] = any(word in name for word in ('Launch', 'Memcpy', 'Memset'))
        return answer

    def half(self, record, operation, arg, pageable=0, queued=0, submitted=0):
        """A copy has the id of the runtime's call too, beside that of the driver's. A graph's commands have all the same one."""
        ids = record.correlation_id, getattr(record, 'runtime_correlation_id', 0)
        times = record.start, record.end, queued, submitted
        self.halves.append((ids, self.stream(record), operation | pageable, arg, times))

    def kernel(self, record):
        block = record.block_x, record.block_y, record.block_z
        grid = record.grid_x, record.grid_y, record.grid_z
        work = self.core.work(record.name or 'a kernel', sized(map(int.__mul__, grid, block)), sized(block))
        self.half(record, wire.COMMAND_KERNEL, work, 0, record.queued, record.submitted)

    def copy(self, record):
        of, ends = self.copies, (record.src_kind, record.dst_kind)
        operation = wire.COMMAND_COPY
        if record.copy_kind in (of.HTOD, of.HTOA):
            operation = wire.COMMAND_WRITE
        elif record.copy_kind in (of.DTOH, of.ATOH):
            operation = wire.COMMAND_READ
        self.half(record, operation, record.bytes, wire.FLAG_PAGEABLE if self.memory.PAGEABLE in ends else 0)

    def fill(self, record):
        self.half(record, wire.COMMAND_FILL, record.bytes)

    def allocation(self, record):
        """Of memory that is the device's, or goes to and fro."""
        if record.memory_kind not in (self.memory.DEVICE, self.memory.ARRAY, self.memory.MANAGED):
            return
        of = self.memory_done
        event = {of.ALLOCATION: wire.EV_ALLOCATE, of.RELEASE: wire.EV_FREE}.get(record.memory_operation_type)
        if event is not None:
            context = self.context_of(record.context_id, record.device_id)
            self.core.tell(event, context, record.bytes >> 32, record.bytes & 0xFFFFFFFF, site=0)

    def synchronization(self, record):
        """A wait is told where it is made (cupti.py); this says of which stream it was."""
        self.waited_for = record.context_id, record.stream_id

    # ── devices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def device(self, record):
        about = {'memory': record.global_memory_size, 'units': record.num_multiprocessors}
        self.device_of(record.id, record.name or None, about)

    def device_of(self, id, name=None, about=None):
        serial = self.devices.get(id)
        if serial is None:
            called = name or 'NVIDIA GPU'
            serial = self.core.make(wire.OBJ_DEVICE, key=f'device cuda {called} {id}', name=f'{called} #{id}', site=0)
            self.devices[id] = serial
            self.core.say('device', {'object': serial, 'type': 'gpu', 'vendor': 'NVIDIA', 'driver': 'CUDA', **self.of_clock()})
        if about:
            self.core.say('device', {'object': serial, **about})
        return serial

    def of_clock(self):
        self.said = self.clock.uncertainty
        return {'clock': sentence.format(self.said * 2), 'uncertainty': self.said}

    def context(self, record):
        self.null_streams.add((record.context_id, record.null_stream_id))
        self.context_of(record.context_id, record.device_id)

    def context_of(self, id, device):
        serial = self.contexts.get(id)
        if serial is None:
            name = f'CUDA context {id}'
            serial = self.contexts[id] = self.core.make(wire.OBJ_CONTEXT, capacity=self.device_of(device), name=name, site=0)
        return serial

    def stream(self, record):
        key = record.context_id, record.stream_id
        stream = self.streams.get(key)
        if stream is None:
            context = self.context_of(record.context_id, record.device_id)
            name = 'default stream' if key in self.null_streams else f'stream {record.stream_id}'
            serial = self.core.make(wire.OBJ_STREAM, capacity=self.device_of(record.device_id), name=name, site=0)
            self.core.say('stream', {'object': serial, 'context': context, 'inOrder': True})
            stream = self.streams[key] = Stream(serial)
        return stream

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def pair(self):
        both, single = [], []
        for half in self.halves:
            call = self.calls.get(half[0][0]) or self.calls.get(half[0][1])
            if call:
                both.append((call, half))
            else:
                single.append(half)
        self.halves = single[-MOST_HALVES:]
        self.orphans += len(single) - len(self.halves)
        for call, (_, *half) in sorted(both, key=lambda command: (command[0][1], command[1][-1])):
            call[3] += 1
            self.command(*half, *call[:3])
        for id in list(self.calls)[: max(0, len(self.calls) - MOST_HALVES)]:
            self.barren += self.calls.pop(id)[3] == 0
        if self.clock.uncertainty > self.said * 2 and self.said:
            for serial in self.devices.values():
                self.core.say('device', {'object': serial, **self.of_clock()})

    def command(self, stream, flags, arg, times, tid, called, returned):
        core, here = self.core, self.clock.here
        stream.commands += 1
        number, start, end = stream.commands, here(called), here(returned)
        site = self.places.site(tid, start, end, self.clock.uncertainty)
        self.places.forget(tid, start)
        core.tell(wire.EV_ENQUEUE, stream.serial, number, arg, flags, site, self.thread_of(tid))
        core.reached(stream.serial, number, wire.STAGE_CALLED, start)
        core.reached(stream.serial, number, wire.STAGE_RETURNED, end)
        started, ended, queued, submitted = times
        for stage, time in ((wire.STAGE_QUEUED, queued), (wire.STAGE_SUBMITTED, submitted)):
            if time:
                core.reached(stream.serial, number, stage, here(time))
        if started or ended:  # 0 and 0: CUPTI has no times of it
            core.reached(stream.serial, number, wire.STAGE_STARTED, here(started))
            core.reached(stream.serial, number, wire.STAGE_ENDED, here(ended))
            if ended >= stream.last_end:
                stream.last, stream.last_end = number, ended

    def thread_of(self, tid):
        """Threads of C++ that Python has not heard of have a name that says so."""
        serial = self.core.thread_of(tid) or self.threads.get(tid)
        if not serial:
            serial = self.threads[tid] = self.core.make(wire.OBJ_THREAD, name=f'thread {tid} of C++', site=0)
            self.core.tell(wire.EV_THREAD_BEGIN, serial, 1, tid, site=0, actor=serial)
        return serial

    waited_for = None

    def latest(self, since=0):
        """Of the stream that was waited for last, or of all: the serial of a stream and the number of its command that ended last.
        If that was before `since` nothing was waited for: 0."""
        key, self.waited_for = self.waited_for, None
        of = self.streams.get(key) if key else None
        streams = [of] if of else [stream for at, stream in self.streams.items() if not key or at[0] == key[0]]
        last = max(streams, key=lambda stream: stream.last_end, default=None)
        if not last or not last.last or self.clock.here(last.last_end) < since:
            return (of.serial if of else 0), 0
        return last.serial, last.last

    # ── what is missing ──────────────────────────────────────────────────────────────────────────────────────────────────
    def drop(self, count):
        """CUPTI had no room for so many."""
        if count:
            self.dropped += count
            self.core.tell(wire.EV_LOST, arg=count, site=0)

    def finish(self):
        if self.dropped:
            self.note(f'CUPTI dropped {self.dropped} records: commands of the device are missing.')
        missing = self.orphans + len(self.halves)
        if missing:
            self.note(f'Of {missing} commands of the device the call is missing that launched them: they are not shown.')
        barren = self.barren + sum(call[3] == 0 for call in self.calls.values())
        if barren:
            self.note(f'Of {barren} calls that launch something no record says what the device did.')
        for kind, count in self.unknown.items():
            self.note(f'{count} records of CUPTI of the kind {kind} are not understood.')


    def note(self, text):
        self.core.say('note', {'text': text})


def sized(numbers):
    numbers = tuple(numbers)
    while len(numbers) > 1 and numbers[-1] == 1:
        numbers = numbers[:-1]
    return numbers
