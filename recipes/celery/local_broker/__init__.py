"""Celery without a server: the broker is a temporary folder, a file a message.

A recipe makes its app by local_app() and starts worker processes by workers();
they import the recipe's own file, as `celery -A shop worker` does. The folder
is the first process's, which removes it at the end. LOCAL_BROKER_TALKS=1 lets
the workers print.

Kombu's own transport for folders lets a worker find a message before it is
written, and two workers bind their queues at once over each other: here a
message appears whole, and binding is done in turns.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

from celery import Celery, signals
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

PLACE = "LOCAL_BROKER"
if PLACE not in os.environ:
    os.environ[PLACE] = tempfile.mkdtemp(prefix="local-broker-")
    atexit.register(shutil.rmtree, os.environ[PLACE], ignore_errors=True)
    for part in ("messages", "writing", "control", "results", "ready"):
        os.mkdir(os.path.join(os.environ[PLACE], part))


def folder(part=""):
    return os.path.join(os.environ[PLACE], part)


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        name = f"{time.monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"
        draft = os.path.join(folder("writing"), name)
        with open(draft, "w") as file:
            file.write(dumps(payload))
        os.rename(draft, os.path.join(folder("messages"), name))

    def _queue_bind(self, *args):
        with open(folder("turn"), "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            super()._queue_bind(*args)

    def get_table(self, exchange):
        with open(folder("turn"), "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            return super().get_table(exchange)


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES["folder"] = "local_broker:Transport"


def local_app(name, **settings):
    app = Celery(name)
    app.conf.update(
        broker_url="folder://localhost",
        result_backend=f"file://{folder('results')}",
        broker_transport_options={
            "data_folder_in": folder("messages"),
            "data_folder_out": folder("messages"),
            "control_folder": folder("control"),
            "polling_interval": 0.02,
        },
        **settings,
    )
    return app


def start(command, *options):
    """`python -m celery -A <this recipe> <command> <options>`, quietly."""
    recipe = os.path.abspath(sys.argv[0])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A"]
        + [os.path.basename(recipe).removesuffix(".py"), command, *options],
        cwd=os.path.dirname(recipe),
        **({} if "LOCAL_BROKER_TALKS" in os.environ else quiet),
    )


@signals.worker_ready.connect
def mark_ready(sender, **kwargs):
    open(os.path.join(folder("ready"), sender.hostname), "w").close()


@contextlib.contextmanager
def workers(app, *each):
    """A worker process for each string of options, when all are ready."""
    solitary = "--without-gossip --without-mingle --without-heartbeat"
    started = [
        start("worker", "-n", f"worker{number}@kitchen",
              *options.split(), *solitary.split())
        for number, options in enumerate(each, 1)
    ]  # fmt: skip
    try:
        while len(os.listdir(folder("ready"))) < len(started):
            if any(worker.poll() is not None for worker in started):
                raise RuntimeError("a worker ended: see LOCAL_BROKER_TALKS")
            time.sleep(0.02)
        yield started
        app.control.shutdown()
        for worker in started:
            worker.wait(30)
    finally:
        for worker in started:
            worker.kill()
            worker.wait()
