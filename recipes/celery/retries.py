"""A task that fails is tried again, as a task of its own

The oven is cold at first, so that baking fails twice. Each retry is submitted
by the task that failed, with a moment's delay, and begins when it is due:
follow the arrows from try to try. The shop waits for the last one all the
time, and learns nothing of the others.

expect: nothing
"""

from local_broker import local_app, workers

app = local_app("retries")


class ColdOven(Exception):
    pass


@app.task(bind=True, max_retries=3)
def bake(self, bread):
    if self.request.retries < 2:
        raise self.retry(exc=ColdOven(bread), countdown=0.1)
    return f"{bread}, baked at try {self.request.retries + 1}"


def main():
    with workers(app, "-P solo"):
        print(bake.delay("rye").get(interval=0.02))


if __name__ == "__main__":
    main()
