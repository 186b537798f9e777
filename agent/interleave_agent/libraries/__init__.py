"""One file a library that is hooked in Python: hook(module, core), core being what agent/core/told.c has."""
