"""Five thousand questions instead of one

The client fetches the balances of five thousand accounts, one call each, and
waits for each answer before it asks the next. Serving a call takes next to
nothing; the time goes into the way there and back. Look at the client's lane:
a comb of short waits, and on the server's lane hardly anything.

expect: chatty-calls
"""

import argparse
import multiprocessing
import time

import rpyc
from rpyc.utils.server import OneShotServer


class BankService(rpyc.Service):
    balances = {number: number % 97 for number in range(5000)}

    def exposed_balance(self, number):
        return self.balances[number]

    def exposed_balance_of_all(self, numbers):
        return tuple(self.balances[number] for number in numbers)


def serve(pipe):
    server = OneShotServer(BankService, hostname="localhost", port=0)
    server._listen()  # else the client may come too early
    pipe.send(server.port)
    server.start()  # for one client


def total(bank, numbers):
    balance = bank.balance
    return sum(balance(number) for number in numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=5000)
    accounts = parser.parse_args().accounts
    pipe, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), name="bank")
    server.start()
    with rpyc.connect("localhost", pipe.recv()) as connection:
        began = time.monotonic()
        money = total(connection.root, tuple(range(accounts)))
        print(f"{money} in {(time.monotonic() - began) * 1000:.0f} ms")
    server.join()


if __name__ == "__main__":
    main()
