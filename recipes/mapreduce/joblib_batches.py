"""joblib: many short jobs, handed out in batches

Four thousand numbers are factored by two processes. A job for each would be
more to send than to do, so joblib sends batches: look at the workers, whose
jobs are called "factors × 200", and at the arrows from the program to them.

expect: nothing
"""

from joblib import Parallel, delayed

NUMBERS = range(1_000_000, 1_004_000)


def factors(number):
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return [*found, number] if number > 1 else found


def main():
    work = Parallel(n_jobs=2, batch_size=200, pre_dispatch="all")
    all_factors = work(delayed(factors)(number) for number in NUMBERS)
    print(f"{sum(len(found) == 1 for found in all_factors)} primes")


if __name__ == "__main__":
    main()
