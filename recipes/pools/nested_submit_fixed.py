"""Jobs that wait for jobs of another pool

The same three albums; their photos go to a pool of their own, whose workers
wait for nobody. Look at the two pools: while the three albums wait, the photos
are developed.

expect: nothing
"""

import threading
from concurrent.futures import ThreadPoolExecutor


def develop(photo):
    return photo * photo


def print_album(darkroom, album, started):
    started.wait()  # all three have begun
    photos = [darkroom.submit(develop, photo) for photo in album]
    return [photo.result() for photo in photos]


def main():
    started = threading.Barrier(3)
    with (
        ThreadPoolExecutor(3, thread_name_prefix="lab") as pool,
        ThreadPoolExecutor(2, thread_name_prefix="darkroom") as darkroom,
    ):
        albums = [
            pool.submit(print_album, darkroom, range(n, n + 4), started)
            for n in range(3)
        ]
        print([album.result() for album in albums])


if __name__ == "__main__":
    main()
