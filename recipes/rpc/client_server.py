"""A chat server that calls its clients

Everybody in the chat is a remote object too: the server keeps proxies of them
and, when one speaks, calls the others, one after the other and one-way: it
does not wait until they have listened. Look at the arrows of "listen": they
leave the server's worker inside the call of "say", and end in a thread of
their own at each listener.

expect: nothing
"""

import multiprocessing
import threading

import Pyro5.api


@Pyro5.api.expose
@Pyro5.api.behavior(instance_mode="single")
class ChatRoom:
    def __init__(self):
        self.members = {}

    def enter(self, name, uri):
        self.members[name] = uri
        return sorted(self.members)

    def say(self, speaker, text):
        for name, uri in self.members.items():
            if name != speaker:
                with Pyro5.api.Proxy(uri) as member:
                    member.listen(speaker, text)


class Member:
    def __init__(self, expected):
        self.heard = threading.Semaphore(0)
        self.expected = expected

    @Pyro5.api.expose
    @Pyro5.api.oneway
    def listen(self, speaker, text):
        self.heard.release()


def open_room(pipe):
    daemon = Pyro5.api.Daemon(host="localhost")
    pipe.send(str(daemon.register(ChatRoom)))
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    pipe.recv()  # all have gone
    daemon.shutdown()
    requests.join()


def chat(name, room_uri, everybody, sentences):
    member = Member(expected=2 * len(sentences))
    daemon = Pyro5.api.Daemon(host="localhost")
    requests = threading.Thread(target=daemon.requestLoop, name="requests")
    requests.start()
    with Pyro5.api.Proxy(room_uri) as room:
        room.enter(name, str(daemon.register(member)))
        everybody.wait()
        for sentence in sentences:
            room.say(name, sentence)
    for _ in range(member.expected):
        member.heard.acquire()
    everybody.wait()  # nobody leaves while others still talk
    daemon.shutdown()
    requests.join()


def main():
    pipe, theirs = multiprocessing.Pipe()
    room = multiprocessing.Process(
        target=open_room, args=(theirs,), name="room"
    )
    room.start()
    uri = pipe.recv()
    everybody = multiprocessing.Barrier(3)
    talk = ["Hello.", "Nice weather.", "Goodbye."]
    people = [
        multiprocessing.Process(
            target=chat, args=(name, uri, everybody, talk), name=name
        )
        for name in ("Ada", "Grace", "Barbara")
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    pipe.send("done")
    room.join()
    print("everybody has heard", 2 * len(talk), "sentences")


if __name__ == "__main__":
    main()
