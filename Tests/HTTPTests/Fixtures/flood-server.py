"""A server that always has more to say: its path says what, over and over for some seconds. Prints its port."""

import base64
import hashlib
import socket
import threading
import time

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# What comes first, and what comes over and over.
FLOODS = {
    "/pongs": (b"", b"\x8a\x00"),
    "/growing": (b"\x02\x00", b"\x00\x01a"),
    "/texts": (b"", b"\x81\x01a"),
    "/chunks": (b"", b"1\r\na\r\n"),
}


def serve(peer):
    head = b""
    while b"\r\n\r\n" not in head:
        head += peer.recv(65536)
    lines = head.decode().split("\r\n")
    path = lines[0].split()[1]
    keys = [line.split()[1] for line in lines if line.startswith("sec-websocket-key:")]
    if keys:
        proof = base64.b64encode(hashlib.sha1((keys[0] + MAGIC).encode()).digest()).decode()
        answer = "101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: " + proof
    else:
        answer = "200 OK\r\ntransfer-encoding: chunked"
    first, more = FLOODS[path]
    peer.sendall(f"HTTP/1.1 {answer}\r\n\r\n".encode() + first)
    end = time.monotonic() + 10
    try:
        while time.monotonic() < end:
            peer.sendall(more * 10_000)
    except OSError:
        pass
    peer.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=16)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
