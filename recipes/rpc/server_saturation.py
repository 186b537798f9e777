"""A server that serves one call at a time

Four clients ask for pictures. The server multiplexes: one thread looks after
all connections and serves one call after the other, so three of four callers
wait while nothing of theirs is done, though drawing a picture is mostly
waiting for a disk. Look at the server's lane: it is never idle, and the row
of calls that wait beside it is never empty.

expect: server-saturation
"""

import argparse
import multiprocessing
import threading
import time

import Pyro5.api

Pyro5.config.SERVERTYPE = "multiplex"


@Pyro5.api.expose
class Painter:
    def draw(self, number):
        time.sleep(0.02)  # the brushes are on a slow disk
        return f"picture {number}"


def serve(pipe):
    daemon = Pyro5.api.Daemon(host="localhost")
    pipe.send(str(daemon.register(Painter)))
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    pipe.recv()  # the clients have done
    daemon.shutdown()
    requests.join()


def ask(uri, pictures):
    with Pyro5.api.Proxy(uri) as painter:
        for number in range(pictures):
            painter.draw(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=15)
    pictures = parser.parse_args().pictures
    pipe, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(
        target=serve, args=(theirs,), name="server"
    )
    server.start()
    uri = pipe.recv()
    began = time.monotonic()
    clients = [
        threading.Thread(target=ask, args=(uri, pictures), name=f"client-{n}")
        for n in range(1, 5)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    print(f"{4 * pictures} pictures in {time.monotonic() - began:.1f} s")
    pipe.send("done")
    server.join()


if __name__ == "__main__":
    main()
