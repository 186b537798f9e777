"""A process pool: computing on all cores

A lock maker takes large numbers apart into two primes, each number a job for
one of three processes. Look at the lanes of the pool: the jobs of different
processes lie side by side and really run at once, for each process has a GIL
of its own. Follow the arrows of one job: from map to the process that computes
it, and from there with the factors back to the process that asked.

expect: nothing
"""

from concurrent.futures import ProcessPoolExecutor

WORKERS = 3
NUMBERS = [
    25_508_603_521_927, 12_889_723_483_843, 20_247_201_426_509,
    14_541_472_565_377, 20_410_832_315_891, 12_481_932_827_587,
    18_067_325_656_579, 24_022_634_297_381, 20_894_627_287_519,
]  # fmt: skip


def take_apart(number):
    factor = 3
    while number % factor:
        factor += 2
    return factor, number // factor


def main():
    with ProcessPoolExecutor(WORKERS) as pool:
        factors = pool.map(take_apart, NUMBERS)
        for number, (small, large) in zip(NUMBERS, factors):
            print(f"{number} = {small} × {large}")


if __name__ == "__main__":
    main()
