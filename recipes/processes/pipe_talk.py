"""A pipe between two processes: question and answer

A player guesses the number that the other process thought of, and hears
"higher" or "lower" until it is right. They talk through a Pipe, a connection
with an end for each. Look at the two processes' lanes: at any moment one of
them waits for a message, and the arrow that ends its wait starts at the send
of the other. Three games take some thirty messages each way.

expect: nothing
"""

import multiprocessing
import time

GAMES = 3
HIGHEST = 1000


def think_of_numbers(player):
    for game in range(GAMES):
        number = (389 * (game + 1)) % HIGHEST
        answer = "start"
        while answer != "right":
            guess = player.recv()
            time.sleep(0.020)  # it would be rude to answer at once
            if guess == number:
                answer = "right"
            else:
                answer = "higher" if guess < number else "lower"
            player.send(answer)
    player.close()


def guess_number(thinker):
    low, high = 0, HIGHEST
    for turn in range(1, HIGHEST):
        guess = (low + high) // 2
        time.sleep(0.030)  # take half of the difference
        thinker.send(guess)
        answer = thinker.recv()
        if answer == "right":
            return guess, turn
        low, high = (guess, high) if answer == "higher" else (low, guess)


def main():
    thinker, player = multiprocessing.Pipe()
    thinking = multiprocessing.Process(
        target=think_of_numbers, args=(player,), name="thinker"
    )
    thinking.start()
    player.close()  # that end belongs to the other process now
    for _ in range(GAMES):
        guess, turns = guess_number(thinker)
        print(f"it was {guess}, guessed in {turns} turns")
    thinking.join()


if __name__ == "__main__":
    main()
