"""Objects in a chain: each calls the next one

Three servers, each with one object that knows the name of the next. The client
asks the first, which asks the second, which asks the third; the answers come
back the same way. Follow the arrows from the client's call: while the third
works all others stand still, each inside the call it serves. (Pyro4 is not
developed any more; new programs take Pyro5.)

expect: nothing
"""

import multiprocessing
import threading
import time
import warnings

warnings.simplefilter("ignore")  # Pyro4 is older than some rules of Python
import Pyro4  # noqa: E402


@Pyro4.expose
class Link:
    def __init__(self, name, next_uri):
        self.name = name
        self.next_uri = next_uri

    def process(self, message):
        time.sleep(0.02)  # its own part of the work
        message.append(f"passed on by {self.name}")
        if self.next_uri is None:
            return [*message, f"answered by {self.name}"]
        with Pyro4.Proxy(self.next_uri) as following:
            return following.process(message)


def serve(pipe, name, next_uri):
    daemon = Pyro4.Daemon(host="localhost")
    pipe.send(str(daemon.register(Link(name, next_uri))))
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    pipe.recv()  # the client has done
    daemon.shutdown()
    requests.join()


def main():
    servers = []
    uri = None
    for name in ("third", "second", "first"):
        pipe, theirs = multiprocessing.Pipe()
        server = multiprocessing.Process(
            target=serve, args=(theirs, name, uri), name=name
        )
        server.start()
        uri = pipe.recv()
        servers.append((server, pipe))

    with Pyro4.Proxy(uri) as first:
        for number in range(3):
            for line in first.process([f"message {number}"]):
                print(line)

    for server, pipe in servers:
        pipe.send("done")
        server.join()


if __name__ == "__main__":
    main()
