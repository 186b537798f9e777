"""Results that nobody reads

A shop counts its visitors: a task for each, and no reason to look at what it
returns. Yet each result is written into the result backend and lies there for
a day. None of the arrows from the worker leads back.

expect: unfetched-results
"""

from local_broker import local_app, workers

app = local_app("unread_results")


@app.task
def count_visitor(number):
    return number


@app.task
def close_the_day():
    return "closed"


def main():
    with workers(app, "-P solo"):
        for number in range(30):
            count_visitor.delay(number)
        print(close_the_day.delay().get(interval=0.02))


if __name__ == "__main__":
    main()
