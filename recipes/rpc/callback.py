"""A service that calls back

The client asks the service to watch a file of prices and hands it a function
of its own. Whenever there is a new price the service calls that function: the
call travels backwards, from server to client, which serves it inside the wait
for its own call. Look at the lane of the client's main thread: it waits, and
in between its callback runs. What is asked by async_ is not waited for until
its value is looked at.

expect: nothing
"""

import multiprocessing
import time

import rpyc
from rpyc.utils.server import OneShotServer


class PriceService(rpyc.Service):
    def exposed_watch(self, prices, on_price):
        seen = 0
        for price in prices:
            time.sleep(0.02)  # until it changes again
            if on_price(price):
                seen += 1
        return seen

    def exposed_average(self, prices):
        time.sleep(0.05)
        return sum(prices) / len(prices)


def serve(pipe):
    server = OneShotServer(PriceService, hostname="localhost", port=0)
    server._listen()  # else the client may come too early
    pipe.send(server.port)
    server.start()  # for one client


def on_price(price):
    print("price:", price)
    return price < 100


def main():
    pipe, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(
        target=serve, args=(theirs,), name="prices"
    )
    server.start()
    prices = (99, 101, 98, 97, 103)
    with rpyc.connect("localhost", pipe.recv()) as service:
        print(service.root.watch(prices, on_price), "were low")
        average = rpyc.async_(service.root.average)(prices)
        print("meanwhile the client does something else")
        print("on average", average.value)
    server.join()


if __name__ == "__main__":
    main()
