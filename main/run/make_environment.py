"""Makes a virtual environment with packages, once, whoever else asks for it.

In: its folder and the file of what to install. Out: the folder, with the file
`installed` in it when all is there; on stdout a line for each step. The lock is
the system's: it ends with whoever held it, and pip holds it too. Made in its
final place, because the paths in its scripts are absolute: a folder without
`installed` is what a broken-off try left, and is made again.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys

folder, requirements = sys.argv[1:]
mark = os.path.join(folder, "installed")
os.makedirs(os.path.dirname(folder), exist_ok=True)
for module in "venv", "ensurepip":
    if importlib.util.find_spec(module) is None:
        sys.exit("no module %s %d.%d" % (module, *sys.version_info[:2]))
with open(folder + ".lock", "w") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting: another process is installing it", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    python = os.path.join(folder, "bin", "python")
    if os.path.exists(mark) and os.path.exists(python):
        sys.exit()
    shutil.rmtree(folder, ignore_errors=True)
    print("making the environment", flush=True)
    subprocess.run(
        [sys.executable, "-I", "-m", "venv", folder],
        check=True,
        stdout=subprocess.DEVNULL,
        pass_fds=[lock.fileno()],
    )
    pip = [python, "-I", "-m", "pip", "--disable-pip-version-check"]
    install = ["install", "--no-input", "--progress-bar", "off"]
    install += ["--retries", "2", "--prefer-binary", "-r", requirements]
    done = subprocess.run(pip + install, pass_fds=[lock.fileno()])
    if done.returncode != 0:
        sys.exit(done.returncode)
    open(mark, "w").close()
