"""Results that nobody reads are not stored

A shop counts its visitors: a task for each, whose result is ignored. Only the
last task has one, which is read.

expect: nothing
"""

from local_broker import local_app, workers

app = local_app("unread_results_fixed")


@app.task(ignore_result=True)
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
