"""Calls a hook right after a module has been imported, so that a program pays only for what it imports itself.

A finder stands first in sys.meta_path, steps aside for every other name, and leaves when its last module has come.
The module keeps the loader and spec it would have had. A hook that fails is told to `report`, never to the program.
"""

import sys

waiting = {}


def after(name, hook, report):
    def put_in(module):
        try:
            hook(module)
        except Exception as error:
            report(f'{name} is recorded only in part: {type(error).__name__}: {error}')

    if name in sys.modules:
        put_in(sys.modules[name])
        return
    if not waiting:
        sys.meta_path.insert(0, Finder)
    waiting[name] = put_in


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in waiting:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, 'find_spec', None)  # before 3.12 a finder may do without
            spec = find and finder is not Finder and find(name, path, target)
            if spec:
                spec.loader = Loader(spec.loader)
                return spec
        return None


class Loader:
    """Stands in for the real loader until one exec_module: a spec may be asked for without importing anything."""

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        return getattr(self.real, name)

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.real
        self.real.exec_module(module)
        put_in = waiting.pop(module.__name__, None)
        if not waiting and Finder in sys.meta_path:
            sys.meta_path.remove(Finder)
        if put_in:
            put_in(module)
