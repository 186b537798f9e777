"""A first remote object, found by its name

A name server, a server with one object, a client: three processes. The server
tells the name server where its object is; the client asks for the name and
then calls the object as if it were its own. Each call is an arrow to the
worker that serves it and one back; between them the client stands still.
Idle workers of both servers wait for the next call.

expect: nothing
"""

import multiprocessing
import threading

import Pyro5.api
import Pyro5.nameserver


@Pyro5.api.expose
class FortuneTeller:
    def tell(self, name):
        return f"Hello {name}, your lucky number is {len(name) * 7}."


def serve(daemon, pipe):
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    pipe.send(daemon.locationStr)
    pipe.recv()  # the client has done
    daemon.shutdown()
    requests.join()


def serve_names(pipe):
    _, daemon, _ = Pyro5.nameserver.start_ns(
        "localhost", port=0, enableBroadcast=False
    )
    serve(daemon, pipe)


def serve_fortunes(pipe, names):
    daemon = Pyro5.api.Daemon(host="localhost")
    with Pyro5.api.Proxy(f"PYRO:Pyro.NameServer@{names}") as name_server:
        name_server.register("fortunes", daemon.register(FortuneTeller))
    serve(daemon, pipe)


def start(server, *args):
    pipe, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=server, args=(theirs, *args), name=server.__name__
    )
    process.start()
    return process, pipe, pipe.recv()


def main():
    names, names_pipe, address = start(serve_names)
    fortunes, fortunes_pipe, _ = start(serve_fortunes, address)
    with Pyro5.api.Proxy(f"PYRONAME:fortunes@{address}") as teller:
        for name in ("Ada", "Grace", "Barbara"):
            print(teller.tell(name))
    for process, pipe in (fortunes, fortunes_pipe), (names, names_pipe):
        pipe.send("done")
        process.join()


if __name__ == "__main__":
    main()
