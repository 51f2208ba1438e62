# What a user costs with Locust: python3 peer.py idle USERS | connected USERS HOST PORT
# Locust's users are greenlets; only what they cost is asked here, so that they are started without its web page.

import resource
import socket
import sys

from gevent import monkey

monkey.patch_all()

import gevent
from locust import User, task
from locust.env import Environment


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


class Idle(User):
    @task
    def wait(self):
        gevent.sleep(3600)


class Connected(User):
    address = None

    def on_start(self):
        self.connection = socket.create_connection(self.address)
        self.connection.sendall(b"hello 0\n")

    @task
    def wait(self):
        gevent.sleep(3600)


kind, count = sys.argv[1], int(sys.argv[2])
user = Idle
if kind == "connected":
    Connected.address = (sys.argv[3], int(sys.argv[4]))
    user = Connected
environment = Environment(user_classes=[user])
runner = environment.create_local_runner()
before = resident()
runner.start(count, spawn_rate=2000)
while runner.user_count < count:
    gevent.sleep(0.1)
gevent.sleep(5)
print("locust,", kind, "users:", count, "with", (resident() - before) // count, "bytes each")
sys.stdout.flush()
import os

os._exit(0)
