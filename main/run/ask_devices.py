"""What the libraries of devices in this Python say that they have, as one line of JSON; null or a sentence where they have none."""

import json
import sys
from importlib import metadata
from pathlib import Path


def version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def platforms():
    import pyopencl

    kinds = pyopencl.device_type

    def device(one):
        kind = next((k for k in ("GPU", "CPU", "ACCELERATOR") if one.type & getattr(kinds, k)), "device")
        return {"name": one.name.strip(), "type": kind, "units": one.max_compute_units}

    return [{"name": one.name, "devices": [device(d) for d in one.get_devices()]} for one in pyopencl.get_platforms()]


def opencl():
    try:
        return {"version": version("pyopencl"), "platforms": platforms(), "error": None}
    except Exception as error:
        return {"version": version("pyopencl"), "platforms": [], "error": str(error)}


sys.path.append(str(Path(__file__).resolve().parents[2] / "agent"))
from interleave_agent.libraries import cuda  # noqa: E402

print(json.dumps({"opencl": opencl(), "cupti": cuda.find()}))
