"""A server and its clients, by streams

A dictionary server listens on a port of this machine, and three students look
words up, all in one thread. Look at the lanes of the tasks: a student waits
for input or output until the answer has come; the server has a task for each
connection, which waits for the next word. Between them the loop waits in
select, for all the sockets at once.

expect: nothing
"""

import asyncio

WORDS = {"maison": "house", "pomme": "apple", "nuit": "night", "pain": "bread"}


async def serve(reader, writer):
    while word := (await reader.readline()).decode().strip():
        await asyncio.sleep(0.060)  # turn the pages
        writer.write(f"{WORDS.get(word, '?')}\n".encode())
        await writer.drain()
    writer.close()


async def study(port, words):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    learnt = []
    for word in words:
        await asyncio.sleep(0.080)  # read on to the next unknown word
        writer.write(f"{word}\n".encode())
        answer = (await reader.readline()).decode().strip()
        learnt.append(f"{word} = {answer}")
    writer.close()
    await writer.wait_closed()
    return learnt


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    french = list(WORDS)
    students = {
        name: asyncio.create_task(study(port, words), name=name)
        for name, words in [
            ("Lea", french * 2),
            ("Max", french[::-1] * 2),
            ("Zoe", ["pomme", "chat", "nuit"]),
        ]
    }
    for name, student in students.items():
        learnt = await student
        print(f"{name}: {len(learnt)} words, the last {learnt[-1]}")
    server.close()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
