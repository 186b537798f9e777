"""Runs a program under VizTracer as its command line would, and leaves without saving: what is compared is the cost while
the program runs. A forked child is traced as it is; one that is spawned only with --children, by VizTracer's own hooks.
usage: under_viztracer.py [--log_async] [--children] PROGRAM ARGUMENTS"""

import os
import runpy
import shutil
import sys
import tempfile

from viztracer import VizTracer
from viztracer.patch import install_all_hooks

options = [word for word in sys.argv[1:3] if word in ("--log_async", "--children")]
folder = tempfile.mkdtemp()
tracer = VizTracer(verbose=0, log_async="--log_async" in options, output_file=os.path.join(folder, "result.json"))
sys.argv = sys.argv[1 + len(options) :]
if "--children" in options:
    install_all_hooks(tracer, ["--quiet"])
parent = os.getpid()
tracer.start()
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    tracer.stop()
    sys.stdout.flush()
    if os.getpid() == parent:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
