"""A timeout cancels what takes too long

A patient asks four doctors for an appointment and gives each half a second to
answer. Two do; the others are cancelled, at the line where they wait. Look at
the lanes of the doctors: two end with a result, two break off after 500 ms,
and an arrow leads to each of those from what cancelled it. Dr Mori tidies up
before it ends, as a cancelled task may.

expect: nothing
"""

import asyncio

DOCTORS = {"Dr Blum": 0.08, "Dr Mori": 2.0, "Dr Okoye": 0.11, "Dr Weiss": 3.0}


async def look_into_the_diary(doctor, seconds, tidied):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if doctor == "Dr Mori":
            await asyncio.sleep(0.1)  # close the diary
            tidied.append(doctor)
        raise
    return f"{doctor} has time on day {round(seconds * 100)}"


async def main():
    tidied = []
    for doctor, seconds in DOCTORS.items():
        answer = asyncio.create_task(
            look_into_the_diary(doctor, seconds, tidied), name=doctor
        )
        try:
            print(await asyncio.wait_for(answer, timeout=0.5))
        except asyncio.TimeoutError:
            print(f"{doctor} did not answer")
    print(f"closed the diary: {', '.join(tidied)}")


if __name__ == "__main__":
    asyncio.run(main())
