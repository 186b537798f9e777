"""CUDA on NVIDIA GPUs: what the device did comes from CUPTI by the package cupti-python, where it is installed and a driver is there.

   hook      pycuda.driver, numba's driver, torch.cuda, cupy, jax: listen at their Python functions that launch and that wait
   CUPTI     buffers of records ─→ cupti_records.Decoder            where the device was, of every library, C++ or not

Records come late and say thread and time of the call, not the program's line. Listening at each launch for it would be too slow
by CUPTI's own callbacks, so the line is that of the library's Python function in which the call lies, by thread and time. Where
such a function is written in C or C++ (PyTorch, CuPy, JAX) a launch has a thread and no line.
Waits are told where they are made: the functions that synchronise. After each CUPTI is asked for what is over, as it is at the
end and every QUARTER of a second. Not tried on a GPU: where something is missing a note says so, and the program goes on.
"""

import sys

from .. import wire

QUARTER = 250  # ms
BUFFER = 1 << 20
kinds = (
    'DEVICE', 'CONTEXT', 'STREAM', 'RUNTIME', 'DRIVER', 'CONCURRENT_KERNEL', 'MEMCPY', 'MEMCPY2', 'MEMSET', 'MEMORY2',
    'SYNCHRONIZATION', 'OVERHEAD',
)  # fmt: skip
# module → its functions that launch, and those that wait
functions = {
    'pycuda.driver': (
        ('Function.__call__', 'Function.prepared_call', 'Function.prepared_async_call', 'Function.prepared_timed_call',
         'memcpy_htod_async', 'memcpy_dtoh_async', 'memcpy_dtod', 'memcpy_dtod_async', 'memset_d8', 'memset_d16', 'memset_d32'),
        ('memcpy_htod', 'memcpy_dtoh', 'Context.synchronize', 'Stream.synchronize', 'Event.synchronize'),
    ),
    'numba.cuda.cudadrv.driver': (
        ('launch_kernel', 'host_to_device', 'device_to_host', 'device_to_device', 'device_memset'),
        ('Context.synchronize', 'Stream.synchronize', 'Event.synchronize'),
    ),
    'torch.cuda': ((), ('synchronize', 'Stream.synchronize', 'Event.synchronize')),
    'cupy.cuda': ((), ()),
    'jax': ((), ()),
}  # fmt: skip
active = []  # the Session


def hook(module, core):
    if not active:
        active.append(begin(core))
    session = active[0]
    if session is None:
        return
    folder = (module.__file__ or '').rpartition('/')[0]
    core.library(folder.rpartition('/cudadrv')[0] or folder)
    launches, waits = functions[module.__name__]
    for name in launches:
        session.listen(module, name, session.calls, session.called)
    for name in waits:
        session.listen(module, name, session.waits, session.waited)


def begin(core):
    """None: there is no driver, or no way to ask it."""
    try:
        sys.modules.get('_ctypes') or __import__('_ctypes')
        sys.modules['_ctypes'].dlopen('libcuda.so.1', 0)
    except (ImportError, OSError):
        return None  # no CUDA, and nothing to say of it
    try:
        from cupti import cupti

        return Session(core, cupti)
    except Exception as error:
        why = 'the package cupti-python is not installed' if isinstance(error, ImportError) else f'CUPTI says: {error}'
        core.say('note', {'text': f'What CUDA does on the device is not recorded: {why}.'})
        return None


class Session:
    """CUPTI of this process. Buffers may be handed over by several threads: they decode one after the other."""

    def __init__(self, core, cupti):
        import array
        import atexit
        import _thread

        from .cupti_records import Clock, Decoder, Places

        self.core, self.cupti, self.tid = core, cupti, _thread.get_native_id
        self.clock, self.places = Clock(core, cupti.get_timestamp), Places()
        self.decoder = Decoder(core, cupti, self.clock, self.places, self.name)
        self.lock, self.over = _thread.allocate_lock(), False
        self.dropped = array.array('Q', [0])
        cupti.set_thread_id_type(cupti.ActivityThreadIdType.SYSTEM)
        cupti.activity_register_callbacks(lambda: (BUFFER, 0), self.completed)
        missing = [name for name in kinds if not self.enabled(name)]
        if missing:
            core.say('note', {'text': f'CUPTI has no records of {", ".join(missing)} here.'})
        try:
            cupti.activity_flush_period(QUARTER)
        except Exception:
            core.say('note', {'text': 'CUPTI does not hand over records by itself: they come at waits and at the end.'})
        atexit.register(self.finish)

    def enabled(self, name):
        try:
            self.cupti.activity_enable(getattr(self.cupti.ActivityKind, name))
            return True
        except Exception:
            return False

    # ── what the decoder asks ────────────────────────────────────────────────────────────────────────────────────────────
    def name(self, kind, cbid):
        domain = self.cupti.CallbackDomain
        runtime = kind == self.cupti.ActivityKind.RUNTIME
        return self.cupti.get_callback_name(domain.RUNTIME_API if runtime else domain.DRIVER_API, cbid)

    # ── buffers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def completed(self, records):
        if self.core.thread_of(self.tid()) == 0:
            self.core.say('name', {'object': self.core.thread(), 'name': 'CUPTI'})  # the thread that it has for this
        with self.lock:
            self.clock.again()
            self.decoder.read(records)

    def flush(self, forced=0):
        if self.over:
            return
        self.cupti.activity_flush_all(forced)
        self.cupti.activity_get_num_dropped_records(0, 0, self.dropped.buffer_info()[0])
        self.decoder.drop(self.dropped[0])
        self.dropped[0] = 0

    def finish(self):
        try:
            self.flush(1)
            self.decoder.finish()
        except Exception as error:
            self.core.say('note', {'text': f'CUPTI did not say its last: {error}'})
        self.over = True
        for name in kinds:  # nobody listens any more
            try:
                self.cupti.activity_disable(getattr(self.cupti.ActivityKind, name))
            except Exception:
                pass

    # ── the library's functions ──────────────────────────────────────────────────────────────────────────────────────────
    def listen(self, module, path, before, after):
        *owners, name = path.split('.')
        owner = module
        for part in owners:
            owner = getattr(owner, part, None)
        if not hasattr(owner, name):
            return
        static = owners and isinstance(vars(owner).get(name), staticmethod)
        self.core.around(owner, name, before, after)
        if static:
            setattr(owner, name, staticmethod(vars(owner)[name]))

    def calls(self, *args, **kwargs):
        return self.tid(), self.core.now(), self.core.site()

    def called(self, call, answer, error):
        tid, begin, site = call
        self.places.add(tid, begin, self.core.now(), site)

    def waits(self, *args, **kwargs):
        self.core.wait(wire.WHY_DEVICE)
        return self.calls()

    def waited(self, call, answer, error):
        stream = number = 0
        try:
            self.called(call, answer, error)
            self.flush()
            if error is None:
                stream, number = self.decoder.latest(call[1])
        finally:
            how = wire.OUTCOME_DONE if error is None else wire.OUTCOME_RAISED
            self.core.wake(stream, how, number)
