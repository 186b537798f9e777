"""mpi4py's own test/main.py, told rank by rank what became of each test: a JSON line each in FOLDER/RANK.

usage: mpi4py_outcomes.py TESTS FOLDER MODULE …
"""

import json
import os
import runpy
import sys
import unittest

tests, folder, *modules = sys.argv[1:]
rank = os.environ.get('PMI_RANK') or os.environ['PMIX_RANK']
told = open(os.path.join(folder, rank), 'w')


class Told(unittest.TextTestResult):
    def tell(self, test, outcome):
        print(json.dumps([test.id(), outcome]), file=told, flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.tell(test, 'passed')

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(test, 'skipped')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, 'failed')

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, 'error')

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.tell(test, 'failed')


unittest.TextTestRunner.resultclass = Told
sys.argv[1:] = modules
sys.path[0] = tests
runpy.run_path(os.path.join(tests, 'main.py'), run_name='__main__')
