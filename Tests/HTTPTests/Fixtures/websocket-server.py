"""A WebSocket server, by somebody else's hand: its path says what it does. Prints its port."""

import asyncio
import http
import ssl
import sys

import websockets


async def serve(socket, path):
    if path == "/echo":
        async for message in socket:
            await socket.send(message)
    elif path == "/pieces":
        # A list of texts is one message in so many frames.
        await socket.send(["in ", "", "pieces ", "of \u00e4"])
        await socket.send([b"\x00", b"\xff"])
    elif path == "/ping":
        await (await socket.ping(b"alive?"))
        await socket.send("alive")
    elif path == "/close":
        await socket.send("last words")
        await socket.close(4000, "enough")
    elif path == "/closed":
        await socket.wait_closed()
        print(f"closed {socket.close_code}", flush=True)
    elif path == "/large":
        await socket.send("x" * 1_000_000)
        await socket.send("x" * 1_000_001)
    elif path == "/abort":
        await socket.send("gone")
        socket.transport.abort()
    elif path == "/count":
        async for message in socket:
            kind = "text" if isinstance(message, str) else "bytes"
            await socket.send(f"{kind} {len(message)}")


async def refuse(path, headers):
    if path == "/forbidden":
        return http.HTTPStatus.FORBIDDEN, [], b"no\n"
    return None


async def main():
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    async with websockets.serve(
        serve, "127.0.0.1", 0, ssl=context, process_request=refuse, subprotocols=["chat"], max_size=1 << 24
    ) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
