"""A chat server that calls its clients

Everybody in the chat is a remote object too: the server has proxies of them
and, when one speaks, calls the others one-way: it does not wait until they
have listened. Look at the arrows of "listen": they leave the server's worker
inside the call of "say", and end in a thread of their own at each listener.

expect: nothing
"""

import contextlib
import threading
from multiprocessing import Barrier, Process, Queue

import Pyro5.api

TALK = ["Hello.", "Nice weather.", "Goodbye."]
heard = threading.Semaphore(0)  # each process has its own


@Pyro5.api.expose
class ChatRoom:
    def __init__(self):
        self.members = {}

    def enter(self, name, uri):
        self.members[name] = uri

    def say(self, speaker, text):
        for name, uri in self.members.items():
            if name != speaker:
                with Pyro5.api.Proxy(uri) as member:
                    member.listen(speaker, text)


class Member:
    @Pyro5.api.expose
    @Pyro5.api.oneway
    def listen(self, speaker, text):
        heard.release()


@contextlib.contextmanager
def served(target):
    daemon = Pyro5.api.Daemon(host="localhost")
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    yield str(daemon.register(target))
    daemon.shutdown()
    requests.join()


def chat(name, rooms, everybody):
    with served(Member()) as uri, Pyro5.api.Proxy(rooms.get()) as room:
        room.enter(name, uri)
        everybody.wait()
        for sentence in TALK:
            room.say(name, sentence)
        for _ in range(2 * len(TALK)):
            heard.acquire()


def main():
    rooms, everybody = Queue(), Barrier(3)
    people = [
        Process(target=chat, args=(name, rooms, everybody), name=name)
        for name in ("Ada", "Grace", "Barbara")
    ]
    for person in people:
        person.start()
    with served(ChatRoom()) as uri:
        for person in people:
            rooms.put(uri)
        for person in people:
            person.join()
    print("everybody has heard", 2 * len(TALK), "sentences")


if __name__ == "__main__":
    main()
