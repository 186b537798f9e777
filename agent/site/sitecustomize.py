"""First on PYTHONPATH of every Python under the recorder: lets the agent in, then gets out of the way.

In comes INTERLEAVE_RUN, out goes an interpreter that is recorded, whose sys.path does not name this folder and whose
own sitecustomize, if it has one, has run as without us. Whatever goes wrong here, the program runs unrecorded and the
recorder is told so. Written for any Python: this file must also parse under 2.7.
"""

import os
import sys


def let_agent_in(here):
    if not os.environ.get('INTERLEAVE_RUN') or not in_main_interpreter():
        return
    if sys.version_info < (3, 10) or sys.implementation.name != 'cpython':
        tell('%s %d.%d is not recorded: the agent needs CPython 3.10 or newer.' % ((name(),) + sys.version_info[:2]))
        return
    if 't' in sys.abiflags:
        tell('A free-threaded Python is not recorded yet: run the program with a Python that has the GIL.')
        return
    agent = os.path.dirname(here)
    sys.path.insert(0, agent)
    try:
        import interleave_agent

        interleave_agent.begin(agent)
    except BaseException as error:
        tell('A Python process is not recorded: %s: %s' % (type(error).__name__, error))
    finally:
        sys.path.remove(agent)
        sys.path_importer_cache.pop(agent, None)


def in_main_interpreter():
    try:
        import _thread

        return getattr(_thread, '_is_main_interpreter', lambda: True)()
    except ImportError:  # Python 2
        return True


def name():
    return getattr(getattr(sys, 'implementation', None), 'name', 'cpython')


def tell(text):
    """A note without a recording: <pid>-unrecorded.names, which the recorder shows."""
    try:
        import json

        path = os.path.join(os.environ['INTERLEAVE_RUN'], '%d-unrecorded.names' % os.getpid())
        with open(path, 'a') as side:
            side.write(json.dumps({'k': 'note', 'text': text}) + '\n')
    except Exception:
        pass  # the folder of the run is gone: nobody to tell


def hand_over(here):
    """Imports the sitecustomize that Python would have found without us."""
    sys.path[:] = [p for p in sys.path if p != here]
    sys.path_importer_cache.pop(here, None)
    ours = sys.modules.pop('sitecustomize')
    try:
        import sitecustomize
    except ImportError as error:
        if getattr(error, 'name', 'sitecustomize') != 'sitecustomize':
            raise
        sys.modules['sitecustomize'] = ours  # the import system insists on finding what it has just imported


_here = os.path.dirname(os.path.abspath(__file__))
let_agent_in(_here)
hand_over(_here)
