"""What the stand-ins for load programs share: histograms, requests to stand-in servers, and an even schedule."""
import base64
import json
import os
import socket
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

PORT = int(os.environ.get("STANDIN_PORT", "9042"))


class Histogram:
    """HdrHistogram's counts of three decimals, and their encoding V2."""

    def __init__(self):
        self.counts, self.largest = {}, 0

    def record(self, nanoseconds):
        number = max(0, int(nanoseconds))
        bucket = max(0, (number | 2047).bit_length() - 11)
        index = (bucket + 1) * 1024 + (number >> bucket) - 1024
        self.counts[index] = self.counts.get(index, 0) + 1
        self.largest = max(self.largest, number)

    @property
    def count(self):
        return sum(self.counts.values())

    def encoded(self):
        payload, index = bytearray(), 0
        for place in sorted(self.counts):
            if place > index:
                payload += self.number(index - place)
            payload += self.number(self.counts[place])
            index = place + 1
        head = struct.pack(">iiiiqqd", 0x1C849313, len(payload), 0, 3, 1, 3_600_000_000_000, 1.0)
        packed = zlib.compress(head + payload)
        return base64.b64encode(struct.pack(">ii", 0x1C849314, len(packed)) + packed).decode()

    @staticmethod
    def number(number):
        rest, out = (number << 1) ^ (number >> 63), bytearray()
        while rest >= 0x80:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
        return bytes(out)


class Servers:
    """Connections to stand-in servers, one for each thread."""

    def __init__(self, nodes, limit=12.0):
        self.nodes, self.limit, self.local, self.turn = nodes, limit, threading.local(), 0

    def ask(self, request):
        if getattr(self.local, "door", None) is None:
            self.turn += 1
            node = self.nodes[self.turn % len(self.nodes)]
            self.local.door = socket.create_connection((node, PORT), timeout=self.limit)
            self.local.lines = self.local.door.makefile("rb")
        try:
            self.local.door.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(self.local.lines.readline())
        except (OSError, ValueError):
            self.local.door = None
            raise
        if "error" in answer:
            raise OSError(answer["error"])
        return answer


class Run:
    """Calls that are begun at a rate, or one after the other, and what came of them in each second."""

    def __init__(self, call, threads, report):
        self.call, self.threads, self.report = call, threads, report
        self.lock, self.seconds, self.done, self.errors = threading.Lock(), {}, 0, 0

    def one(self, index, due):
        started = time.time_ns()
        try:
            tag, failed = self.call(index), 0
        except (OSError, ValueError) as error:
            tag, failed = "FAILED", 1
            print(f"{time.strftime('%Y/%m/%d %H:%M:%S')} {error}", flush=True)
        ended = time.time_ns()
        with self.lock:
            self.done, self.errors = self.done + 1 - failed, self.errors + failed
            if not failed:
                for name, span in {"sent": ended - started, "due": ended - (due or started)}.items():
                    self.seconds.setdefault(f"{tag}-{name}", Histogram()).record(span)

    def flush(self, start, end):
        with self.lock:
            seconds, self.seconds = self.seconds, {}
        self.report(start, end, seconds)

    def play(self, count, rate, stop):
        """Returns when all have ended, or the event was set."""
        start, ended = time.time(), threading.Event()

        def watch():
            second = start
            while not ended.wait(max(0, second + 1 - time.time())):
                self.flush(second, second + 1)
                second += 1
            self.flush(second, time.time())

        watcher = threading.Thread(target=watch)
        watcher.start()
        with ThreadPoolExecutor(min(self.threads, 16)) as pool:
            for index in range(count):
                due = int((start + index / rate) * 1e9) if rate else 0
                if stop.wait(max(0, due / 1e9 - time.time())):
                    break
                pool.submit(self.one, index, due)
        ended.set()
        watcher.join()
        return time.time() - start
