"""Celery 5: each task is a keyed job of its queue, and a queue is a pool whose workers are those of all worker processes.

    program   Producer._publish: submit ─┐                       AsyncResult.get: wait ┄┄┄┄┄┄┄ result
    worker                               └─ task_received: accept             ↑
      its process or thread                     task_prerun: jobBegin … jobEnd: Backend.mark_as_…

Every way to publish (apply_async, send_task, canvas, beat, retries) goes through Producer._publish, where the message is
as it will be sent. A job ends before its result is stored: whoever waits for it may have it before task_postrun.

A pool's key is the broker's address and the queue's name. Where a program fetches a result that it has not submitted, it
does not know the queue: its pool is 0, and the job's key finds it.
"""

import sys

from .. import wire

core = None
LIBRARIES = ('celery', 'kombu', 'billiard', 'amqp', 'vine', 'click', 'redis', 'dateutil', 'tzlocal')
folders = []  # theirs: frames in them are passed over
pools = {}  # (broker, queue) → serial
brokers = None  # app → address, as long as the app lives
tasks = None  # task → (line of its function, whether its results are kept), as long as the task lives
running = {}  # id of a task that runs in this process → (pool, key)
sent = None  # id of a task that this process has submitted → pool; the latest of them, in their order
MOST_SENT = 10_000
publishing = (None, None)  # headers of the message that is being published, its chord's callback
callback = (None, 0, 0)  # id of the callback that was spoken of last, its pool and key
idle_pool = 0  # what the pool processes of this worker wait for


def hook(module, agent):
    global core, sent
    core = agent
    if not folders:
        sent = sys.modules['collections'].OrderedDict()
        file = module.__spec__.origin.removesuffix('/__init__.py')
        beside = file.rsplit('/', len(module.__name__.split('.')))[0]
        folders.extend(f'{beside}/{library}' for library in LIBRARIES)
        script = getattr(sys.modules['__main__'], '__file__', None) or ''
        if script.endswith('/bin/celery'):
            folders.append(script.rsplit('/', 1)[0])
        for folder in folders:
            core.library(folder)
    if module.__name__ in hooks:
        hooks[module.__name__](module)


def listen(signal):
    """Celery would log what a receiver of ours raises; it becomes a note instead, the first time."""

    def connect(receiver):
        failed = False

        def receive(sender=None, **named):
            nonlocal failed
            try:
                receiver(sender, **named)
            except Exception as error:
                if not failed:
                    core.note(f'Something of Celery was not recorded: {type(error).__name__}: {error}')
                failed = True

        signal.connect(receive, weak=False)
        return receiver

    return connect


# ── which pool ──────────────────────────────────────────────────────────────────────────────────────────────────────


def address(connection):
    """scheme://host:port/vhost of the first broker, without user and password; the same for all who mean the same."""
    if connection.alt:
        first = sys.modules['kombu.utils.url'].parse_url(connection.alt[0])
    else:
        first = {
            'transport': connection.transport_cls,
            'hostname': connection.hostname,
            'port': connection.port,
            'virtual_host': connection.virtual_host,
        }
    transport = first['transport'] if isinstance(first['transport'], str) else 'amqp'
    host = first['hostname'] or 'localhost'
    port = first['port'] or connection.get_transport_cls().default_port or ''
    vhost = str(first['virtual_host'] or '').strip('/')
    return f'{transport.replace("pyamqp", "amqp")}://{"localhost" if host in ("127.0.0.1", "::1") else host}:{port}/{vhost}'


def broker_of(app):
    found = brokers.get(app)
    if found is None:
        found = brokers[app] = address(app.connection_for_read())
    return found


def app_here():
    """The app that is in use; unlike celery.current_app it makes none."""
    state = sys.modules.get('celery._state')
    return state and (state._tls.current_app or state.default_app)


def queue_of(app, exchange, routing_key):
    """The queue into which a message goes, or what is nearest to its name."""
    if not exchange:
        return routing_key
    for queue in app.amqp.queues.values() if app else ():
        if queue.exchange and queue.exchange.name == exchange and queue.routing_key == routing_key:
            return queue.name
    return exchange


def pool_of(broker, queue, capacity=0):
    where = (broker, queue)
    found = pools.get(where)
    if found is None:
        found = pools[where] = core.make(wire.OBJ_POOL, f'celery:{broker}:{queue}', capacity, f'queue {queue}')
    return found


# ── publish ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def publish_begins(producer, body, *args, **named):
    """Its chord's callback is in the body that is not yet encoded."""
    global publishing
    headers = named.get('headers')
    has_chord = headers and 'task' in headers and isinstance(body, tuple) and len(body) == 3
    publishing = (headers, body[2].get('chord') if has_chord else None)


def publish(producer, body, priority, content_type, content_encoding, headers, properties, routing_key, mandatory, immediate,
            exchange, declare=(), *args, **named):
    if 'task' not in headers or 'id' not in headers:
        return
    global publishing
    of, chord = publishing
    if of is not headers:
        return  # a second try after the connection was lost
    publishing = (None, None)
    queue = next((entity.name for entity in declare or () if hasattr(entity, 'routing_key')), None) if exchange else None
    pool = pool_of(address(producer.connection), queue or queue_of(app_here(), exchange, routing_key))
    task_id = headers['id']
    key = core.key(task_id)
    due = headers.get('eta')
    core.say('job', {
        'pool': pool,
        'key': f'{key:016x}',
        'name': headers['task'],
        'id': task_id,
        'parent': headers.get('parent_id'),
        'group': headers.get('group'),
        'bytes': len(body),
        'retries': headers.get('retries') or 0,
        'due': milliseconds(due) if due else None,
        'ignored': headers.get('ignore_result') or None,
    })
    if chord:
        say_needed(chord, pool, key)
    if len(sent) >= MOST_SENT:
        sent.popitem(last=False)
    sent[task_id] = pool
    core.job(wire.EV_SUBMIT, pool, key)


def say_needed(chord, pool, key):
    """The callback of a chord needs this task. Nobody may ever submit it."""
    global callback
    options = chord.get('options') or {}
    task_id = options.get('task_id')
    if not task_id:
        return
    if callback[0] != task_id:
        app = app_here()
        queue = options.get('queue') or (app and app.amqp.router.route({}, chord['task']).get('queue'))
        name = getattr(queue, 'name', queue)
        if name and app:
            pool = pool_of(broker_of(app), name)
        callback = (task_id, pool, core.key(task_id))
        core.say('job', {'pool': pool, 'key': f'{callback[2]:016x}', 'id': task_id, 'name': chord.get('task')})
    core.say('job', {'pool': callback[1], 'key': f'{callback[2]:016x}', 'needs': [f'{key:016x}']})


def milliseconds(iso):
    datetime = sys.modules['datetime'].datetime
    return int(datetime.fromisoformat(iso.replace('Z', '+00:00')).timestamp() * 1000)


def hook_producer(messaging):
    core.around(messaging.Producer, 'publish', publish_begins)
    core.around(messaging.Producer, '_publish', publish)


# ── worker ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def pool_of_request(app, delivery):
    return pool_of(broker_of(app), queue_of(app, delivery.get('exchange'), delivery.get('routing_key')))


def hook_signals(signals):
    global brokers, tasks
    brokers = sys.modules['weakref'].WeakKeyDictionary()
    tasks = sys.modules['weakref'].WeakKeyDictionary()

    @listen(signals.worker_init)
    def worker_begins(worker, **named):
        global idle_pool
        core.say('processName', {'name': worker.hostname})
        alone = 'solo' in str(worker.pool_cls)
        capacity = 1 if alone else worker.concurrency if isinstance(worker.concurrency, int) else 0
        made = [pool_of(broker_of(worker.app), queue, capacity) for queue in worker.app.amqp.queues.consume_from]
        idle_pool = made[0] if made else 0

    @listen(signals.worker_process_init)
    def process_begins(hostname, **named):
        process = sys.modules['billiard.process']._current_process
        if process._name != 'MainProcess':
            core.say('processName', {'name': f'{process._name} of {hostname}'})

    @listen(signals.beat_init)
    def beat_begins(service, **named):
        core.say('processName', {'name': 'celery beat'})

    @listen(signals.task_received)
    def received(consumer, request=None, **named):
        core.job(wire.EV_ACCEPT, pool_of_request(consumer.app, request.delivery_info), core.key(request.id), 0, 0)

    @listen(signals.task_prerun)
    def begins(sender, task_id=None, task=None, **named):
        request = task.request_stack.top
        if request.is_eager or not request.delivery_info:
            return  # it runs in the program itself
        pool, key = running[task_id] = pool_of_request(task.app, request.delivery_info), core.key(task_id)
        site, kept = tasks.get(task) or known(task)
        if not kept and not request.ignore_result:
            core.say('job', {'pool': pool, 'key': f'{key:016x}', 'ignored': True})
        core.job(wire.EV_JOB_BEGIN, pool, key, 0, site)

    @listen(signals.task_postrun)
    def ends_late(sender, task_id=None, state=None, **named):
        ends(task_id, wire.OUTCOME_CANCELLED if state in ('REJECTED', 'IGNORED', 'REVOKED') else wire.OUTCOME_RAISED)


def known(task):
    """The first time that it runs here; what Celery answers by looking through app and configuration does not change."""
    function = task.run
    while hasattr(function, '__wrapped__'):
        function = function.__wrapped__
    kept = not task.ignore_result and not isinstance(task.backend, sys.modules['celery.backends.base'].DisabledBackend)
    tasks[task] = core.site_of(function), kept
    return tasks[task]


def ends(task_id, outcome):
    """Only once: what comes after the result is stored is no part of the job."""
    job = running.pop(task_id, None)
    if job:
        core.job(wire.EV_JOB_END, *job, outcome, 0)


def hook_backend(base):
    core.around(base.Backend, 'mark_as_done', lambda backend, task_id, *_, **__: ends(task_id, wire.OUTCOME_DONE))
    for method in ('mark_as_failure', 'mark_as_retry', 'mark_as_revoked'):
        core.around(base.Backend, method, lambda backend, task_id, *_, **__: ends(task_id, wire.OUTCOME_RAISED))


def hook_processes(pool):
    """A pool process that waits for its next task."""

    def may_wait(worker, *_):
        receive = worker.wait_for_job
        if not idle_pool:
            return
        waits = False

        def wait_for_job():
            nonlocal waits
            if not waits:
                core.wait(wire.WHY_QUEUE_GET, idle_pool)
            waits = True
            job = receive()
            if job:
                waits = False
                core.wake(idle_pool)
            return job

        worker.wait_for_job = wait_for_job

    core.around(pool.Worker, '_make_child_methods', lambda worker, *_, **__: worker, may_wait)


# ── result ──────────────────────────────────────────────────────────────────────────────────────────────────────────

outcome_of = {'SUCCESS': wire.OUTCOME_DONE, 'REVOKED': wire.OUTCOME_CANCELLED}


def hook_result(result):
    def has_result(found, meta, *_):
        pool = sent.pop(found.id, 0)
        core.job(wire.EV_RESULT, pool, core.key(found.id), flags=outcome_of.get(meta['status'], wire.OUTCOME_RAISED))

    def waits(found, timeout=None, *_, **__):
        if found._cache or found.ignored:
            return None
        pool = sent.get(found.id, 0)
        core.wait(wire.WHY_FUTURE, pool, timeout is not None)
        return found, pool

    def has_waited(token, answer, error):
        found, pool = token
        late = isinstance(error, result.TimeoutError) and not found._cache
        core.wake(pool, wire.OUTCOME_TIMED_OUT if late else wire.OUTCOME_RAISED if error and not found._cache else wire.OUTCOME_DONE)

    def waits_for_all(found, *_, **named):
        pool = next((sent[each.id] for each in found.results or () if getattr(each, 'id', None) in sent), 0)
        core.wait(wire.WHY_FUTURE, pool, named.get('timeout') is not None)
        return pool

    core.around(result.AsyncResult, '_set_cache', has_result)
    core.around(result.AsyncResult, 'get', waits, has_waited)
    core.around(result.ResultSet, 'join_native', waits_for_all, lambda pool, *_: core.wake(pool))


hooks = {
    'kombu.messaging': hook_producer,
    'celery.signals': hook_signals,
    'celery.backends.base': hook_backend,
    'celery.result': hook_result,
    'billiard.pool': hook_processes,
}
