"""Runs a program under VizTracer as its command line would, and leaves without saving: what is compared is the cost while
the program runs. usage: under_viztracer.py PROGRAM ARGUMENTS"""

import os
import runpy
import sys

from viztracer import VizTracer

tracer = VizTracer(verbose=0)
sys.argv = sys.argv[1:]
tracer.start()
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    tracer.stop()
    sys.stdout.flush()
    os._exit(0)
