"""An event loop without a single task

A lighthouse shows its light for 60 ms and hides it for 90 ms, and every fourth
flash is a long one. There is no coroutine in it: the light asks the loop to
call it again later, and that is all an event loop does, to call what is due.
Look at the lane of the loop: a short step for every change of the light, and
MainThread waits in select between them.

expect: nothing
"""

import asyncio

FLASHES = 12


class Lighthouse:
    def __init__(self, loop):
        self.loop = loop
        self.flash = 0
        self.log = ""

    def show(self):
        self.flash += 1
        is_long = self.flash % 4 == 0
        self.log += "—" if is_long else "·"
        self.loop.call_later(0.180 if is_long else 0.060, self.hide)

    def hide(self):
        self.log += " "
        if self.flash < FLASHES:
            self.loop.call_later(0.090, self.show)
        else:
            self.loop.call_soon(self.loop.stop)


def main():
    loop = asyncio.new_event_loop()
    lighthouse = Lighthouse(loop)
    loop.call_soon(lighthouse.show)
    loop.run_forever()
    loop.close()
    print(lighthouse.log.strip())


if __name__ == "__main__":
    main()
