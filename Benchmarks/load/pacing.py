#!/usr/bin/env python3
"""Says how evenly requests left a load tool, from a capture of the loopback interface.

usage: pacing.py PORT[,PORT…] COMMAND…    runs COMMAND under tcpdump (needs root)

Counts the requests (GET or SET of RESP2) in each packet to the ports, by the kernel's time stamp
of the packet, and prints the distribution over sliding windows of 1 ms that begin at a request.
"""
import collections
import re
import struct
import subprocess
import sys
import tempfile
import time

REQUEST = re.compile(rb"\*[0-9]+\r\n\$3\r\n(?:GET|SET)\r\n", re.IGNORECASE)


def captured(path):
    """Yields (nanoseconds, payload) of each TCP packet with data in a pcap file of 'lo'."""
    with open(path, "rb") as file:
        data = file.read()
    magic, = struct.unpack_from("<I", data, 0)
    scale = 1 if magic == 0xA1B23C4D else 1000
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, length, _ = struct.unpack_from("<IIII", data, at)
        packet = data[at + 16 : at + 16 + length]
        at += 16 + length
        ip = 14
        tcp = ip + (packet[ip] & 15) * 4
        payload = packet[tcp + (packet[tcp + 12] >> 4) * 4 :]
        if payload:
            yield seconds * 1_000_000_000 + fraction * scale, payload


def main():
    ports = sys.argv[1].split(",")
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        condition = " or ".join(f"dst port {port}" for port in ports)
        dump = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-w", file.name, "-B", "65536", "--time-stamp-precision=nano",
             "-Z", "root", "tcp and (" + condition + ")"],
            stderr=subprocess.PIPE, text=True,
        )
        dump.stderr.readline()  # "listening on lo": the capture has begun
        result = subprocess.run(sys.argv[2:])
        time.sleep(1)
        dump.terminate()
        notes = dump.stderr.read()
        dropped = re.search(r"(\d+) packets? dropped by kernel", notes)
        times = []
        batches = collections.Counter()
        for stamp, payload in captured(file.name):
            count = len(REQUEST.findall(payload))
            if count:
                batches[count] += 1
            times += [stamp] * count
    times.sort()
    print(f"{len(times)} requests captured, {dropped.group(1) if dropped else '?'} packets dropped")
    windows = collections.Counter()
    end = 0
    for begin, stamp in enumerate(times):
        while end < len(times) and times[end] < stamp + 1_000_000:
            end += 1
        windows[end - begin] += 1
    print("requests in the 1 ms from a request on: how many such windows")
    limit = 20
    shown = collections.Counter()
    for count, times_seen in windows.items():
        shown[min(count, limit)] += times_seen
    for count in sorted(shown):
        name = f"{count}" + ("+" if count == limit else "")
        print(f"  {name:>5} {shown[count]:8d} {'#' * (60 * shown[count] // max(shown.values()))}")
    print(f"most in 1 ms: {max(windows, default=0)}")
    print("requests per packet:", dict(sorted(batches.items())[:10]))
    print("load average:", open("/proc/loadavg").read().split()[0])
    return result.returncode


sys.exit(main())
