"""What PyCSP 0.9.2, of 2016, needs on a Python of today. Import it first.

Its alternations ask whether an action is a collections.Callable: that name went
to collections.abc, and is gone from collections since Python 3.10. And where the
name of this machine means 127.0.0.1, it looks for another address by a call that
wants bytes since Python 3: an address that is given is not looked for.
"""

import collections
import collections.abc
import os

collections.Callable = collections.abc.Callable
os.environ.setdefault("PYCSP_HOST", "127.0.0.1")
