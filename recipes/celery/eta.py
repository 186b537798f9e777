"""Tasks that are not to begin before their time

The kitchen is told at once of all that is to be ready this evening. A worker
takes each order from the broker and keeps it until it is due; the dessert was
ordered first and comes last. Between "accepted" and "begun" nobody waits for a
free worker: the tasks wait for the clock.

expect: nothing
"""

from local_broker import local_app, workers

app = local_app("eta")


@app.task
def serve(course):
    return course


def main():
    with workers(app, "-P solo"):
        evening = [
            serve.apply_async((course,), countdown=seconds)
            for course, seconds in [
                ("dessert", 0.6),
                ("fish", 0.4),
                ("soup", 0.2),
            ]
        ]
        for course in reversed(evening):
            print(course.get(interval=0.02))


if __name__ == "__main__":
    main()
