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
        put_in = waiting.pop(name)
        if not waiting and Finder in sys.meta_path:
            sys.meta_path.remove(Finder)
        for finder in sys.meta_path:
            spec = finder is not Finder and finder.find_spec(name, path, target)
            if spec:
                spec.loader = Loader(spec.loader, put_in)
                return spec
        return None


class Loader:
    """Stands in for the real loader during one exec_module."""

    def __init__(self, real, put_in):
        self.real, self.put_in = real, put_in

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.real
        self.real.exec_module(module)
        self.put_in(module)
