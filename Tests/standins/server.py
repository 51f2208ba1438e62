#!/usr/bin/python3
"""A stand-in for the server of Scylla or Cassandra, for tests on machines that cannot have the real ones.

It keeps rows in files, copies them to as many servers as the keyspace says, and has servers join, leave and
replace each other as the real ones do. It speaks no CQL: its own programs cqlsh and cassandra-stress ask it in lines
of JSON at the same port.
"""
import glob
import json
import os
import re
import signal
import socket
import socketserver
import sys
import threading
import time
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PEER_PORT, CQL_PORT, METRICS_PORT = 7000, 9042, 9180
# How long a server takes from its place in the ring to its port for CQL, and to copy its share of the rows.
OPENING, JOINING = 1.0, 1.0
LOCAL = "system/local-7ad54392bcdd35a684174e047860b377"
SCHEMA = "system_schema/keyspaces-abac5682dea631c5b535b3d6cffd0fb6"


class Refused(Exception):
    """What a real server would say."""


def call(address, port, request, limit=10.0):
    """Asks a server one thing; every call has a connection of its own."""
    with socket.create_connection((address, port), timeout=limit) as connection:
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(connection.makefile("rb").readline() or b'{"error": "connection closed"}')
    if "error" in answer:
        raise Refused(answer["error"])
    return answer


class Server:
    def __init__(self, product, settings, options=()):
        self.product, self.options = product, list(options)
        self.home = f"/var/lib/{product}"
        self.lock = threading.RLock()
        self.admin_port = 10000 if product == "scylla" else 7199
        with open(settings, encoding="utf-8") as file:
            self.text = file.read()
        self.address = self.setting("listen_address")
        self.cluster = self.setting("cluster_name")
        self.seeds = [seed.split(":")[0] for seed in self.setting("seeds").split(",")]
        self.mode = "STARTING"
        self.members, self.modes, self.keyspaces, self.tables = {}, {}, {}, []
        self.rows, self.dirty = {}, {}
        self.busy = []  # until when each compaction lasts
        self.doors = []

    def setting(self, name, default=""):
        found = re.search(rf"^[ -]*{name}:[ ]*(.*)$", self.text, re.M)
        value = re.sub(r"\s+#.*$", "", found[1]).strip() if found else default
        return value.strip("'\"")

    def log(self, text):
        print(text, file=sys.stderr, flush=True)

    # Files

    def path(self, name):
        path = f"{self.home}/data/{name}"
        os.makedirs(path, exist_ok=True)
        return path

    def save(self):
        for place, content in [
            (LOCAL, {"id": self.id, "cluster": self.cluster, "members": self.members}),
            (SCHEMA, {"keyspaces": self.keyspaces, "tables": self.tables}),
        ]:
            path = self.path(place) + "/nb-1-big-Data.db"
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(content, file)
            os.rename(path + ".new", path)

    def load(self):
        """Reads what an earlier start left; False if there was none."""
        try:
            with open(f"{self.home}/data/{LOCAL}/nb-1-big-Data.db", encoding="utf-8") as file:
                local = json.load(file)
        except FileNotFoundError:
            return False
        if local["cluster"] != self.cluster:
            raise Refused(f"Saved cluster name {local['cluster']} != configured name {self.cluster}")
        self.id, self.members = local["id"], local["members"]
        self.modes = {member: "NORMAL" for member in self.members}
        with open(f"{self.home}/data/{SCHEMA}/nb-1-big-Data.db", encoding="utf-8") as file:
            schema = json.load(file)
        self.keyspaces, self.tables = schema["keyspaces"], schema["tables"]
        for table in self.tables:
            self.rows[table] = {}
            for path in sorted(glob.glob(f"{self.home}/data/{table.replace('.', '/')}-*/*-Data.db")):
                self.read(path, lambda row, table=table: self.rows[table].__setitem__(row[0], row[1]))
        for path in sorted(glob.glob(f"{self.home}/commitlog/*.log")):
            self.read(path, lambda row: row[0] in self.rows and self.keep(row[0], {row[1]: row[2]}, log=False))
        return True

    @staticmethod
    def read(path, use):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    use(json.loads(line))

    def keep(self, table, rows, log=True):
        """Takes rows that are newer than what is here: a value of null is a deleted row."""
        with self.lock:
            held, dirty = self.rows.setdefault(table, {}), self.dirty.setdefault(table, {})
            new = {key: cell for key, cell in rows.items() if key not in held or held[key][0] < cell[0]}
            held.update(new)
            dirty.update(new)
            if log and self.keyspaces.get(table.split(".")[0], {}).get("durable", True):
                with open(f"{self.home}/commitlog/CommitLog-1.log", "a", encoding="utf-8") as file:
                    file.writelines(json.dumps([table, key, cell]) + "\n" for key, cell in new.items())

    def flush(self):
        with self.lock:
            for table, rows in self.dirty.items():
                if not rows or table not in self.tables:
                    continue
                folder = self.path(table.replace(".", "/") + "-" + zlib.crc32(table.encode()).to_bytes(4, "big").hex())
                number = len(glob.glob(folder + "/*")) + 1
                with open(f"{folder}/nb-{number:06}-big-Data.db", "w", encoding="utf-8") as file:
                    file.writelines(json.dumps([key, cell]) + "\n" for key, cell in rows.items())
                self.busy.append(time.monotonic() + 1.5)
            self.dirty = {}
            for path in glob.glob(f"{self.home}/commitlog/*.log"):
                os.remove(path)
            self.save()

    def compactions(self):
        now = time.monotonic()
        self.busy = [end for end in self.busy if end > now]
        return len(self.busy)

    # The ring

    def owners(self, table, key, without=()):
        normal = sorted(m for m in self.members if self.modes.get(m) in ("NORMAL", "LEAVING") and m not in without)
        factor = min(self.keyspaces[table.split(".")[0]]["factor"], len(normal))
        start = zlib.crc32(key.encode()) % len(normal)
        return [normal[(start + step) % len(normal)] for step in range(factor)]

    def peer(self, member, request, limit=10.0):
        if member == self.id:
            return self.answer(request)
        return call(self.members[member], PEER_PORT, request, limit)

    def is_alive(self, member):
        try:
            return self.peer(member, {"op": "mode"}, 1.0)["mode"] not in ("DECOMMISSIONED", "DRAINED")
        except (OSError, Refused, ValueError):
            return False

    def tell(self, request):
        for member in [m for m in self.members if m != self.id]:
            try:
                self.peer(member, request)
            except (OSError, Refused):
                pass  # it is down, and has it from the others when it is up again

    def begin(self):
        if self.load():
            self.catch_up()
            return
        self.id = str(uuid.uuid4())
        if self.address in self.seeds:
            self.members, self.modes = {self.id: self.address}, {self.id: "NORMAL"}
            return
        self.join()

    def catch_up(self):
        """Has the members of today from one that is up."""
        for member in [m for m in self.members if m != self.id]:
            try:
                state = self.peer(member, {"op": "state"}, 2.0)
            except (OSError, Refused):
                continue
            if self.id not in state["members"]:
                raise Refused("This node was removed from the ring and will not rejoin the ring")
            self.members, self.modes = state["members"], state["modes"]
            self.keyspaces, self.tables = state["keyspaces"], state["tables"]
            return

    def join(self):
        for attempt in range(120):
            try:
                state = call(self.seeds[0], PEER_PORT, {"op": "state", "cluster": self.cluster})
            except OSError as error:
                raise Refused("Unable to gossip with any peers") from error
            if "JOINING" not in state["modes"].values():
                break
            if self.product == "cassandra":
                raise Refused(
                    "Other bootstrapping/leaving/moving nodes detected, cannot bootstrap while "
                    "cassandra.consistent.rangemovement is true"
                )
            time.sleep(0.5)
        old = next((m for m, address in state["members"].items() if address == self.address), None)
        replaced = self.replaced()
        if old and not replaced:
            raise Refused(
                f"A node with address {self.address} already exists, cancelling join. "
                "Use cassandra.replace_address if you want to replace this node."
            )
        if replaced and replaced not in (old, old and self.address):
            raise Refused(f"Cannot replace {replaced} because it doesn't exist in gossip")
        self.keyspaces, self.tables = state["keyspaces"], state["tables"]
        self.members, self.modes = state["members"], state["modes"]
        if old:
            del self.members[old]
        self.members[self.id], self.modes[self.id] = self.address, "JOINING"
        self.mode = "JOINING"
        self.serve(self.address, PEER_PORT)
        self.tell({"op": "member", "id": self.id, "address": self.address, "mode": "JOINING", "replaces": old})
        time.sleep(JOINING)
        self.modes[self.id] = "NORMAL"
        for member in [m for m in self.members if m != self.id and self.is_alive(m)]:
            for table, rows in self.peer(member, {"op": "rows"}, 60.0)["rows"].items():
                self.keep(table, {k: c for k, c in rows.items() if self.id in self.owners(table, k)})
        self.flush()
        self.tell({"op": "member", "id": self.id, "address": self.address, "mode": "NORMAL"})

    def replaced(self):
        if self.product == "scylla":
            return self.setting("replace_node_first_boot")
        prefix = "-Dcassandra.replace_address_first_boot="
        return next((o[len(prefix):] for o in self.options if o.startswith(prefix)), "")

    def push(self, without=()):
        """Copies every row to the servers that are to have it."""
        for table, rows in list(self.rows.items()):
            shares = {}
            for key, cell in list(rows.items()):
                for owner in self.owners(table, key, without):
                    shares.setdefault(owner, {})[key] = cell
            for owner, share in shares.items():
                if owner != self.id:
                    self.peer(owner, {"op": "put", "table": table, "rows": share}, 60.0)

    # Requests of peers and of nodetool

    def answer(self, request):
        return getattr(self, "do_" + request["op"])(**{k: v for k, v in request.items() if k != "op"})

    def do_mode(self):
        return {"mode": self.mode}

    def do_state(self, cluster=None):
        if cluster not in (None, self.cluster):
            raise Refused(f"ClusterName mismatch from a peer {cluster}!={self.cluster}")
        return {
            "members": self.members, "modes": self.modes, "keyspaces": self.keyspaces, "tables": self.tables,
        }

    def do_member(self, id, address, mode, replaces=None):
        with self.lock:
            if replaces:
                self.members.pop(replaces, None)
            self.members[id], self.modes[id] = address, mode
            self.save()
        return {}

    def do_forget(self, id):
        with self.lock:
            self.members.pop(id, None)
            self.save()
        return {}

    def do_schema(self, keyspaces, tables):
        with self.lock:
            self.keyspaces, self.tables = keyspaces, tables
            for table in [t for t in self.rows if t not in tables]:
                del self.rows[table]
                for path in glob.glob(f"{self.home}/data/{table.replace('.', '/')}-*/*"):
                    os.remove(path)
            self.save()
        return {}

    def do_put(self, table, rows):
        self.keep(table, rows)
        return {}

    def do_get(self, table, key):
        return {"cell": self.rows.get(table, {}).get(key)}

    def do_rows(self):
        with self.lock:
            return {"rows": {table: dict(rows) for table, rows in self.rows.items()}}

    def do_keys(self, table):
        with self.lock:
            return {"keys": {key: cell[0] if cell[1] is not None else None
                             for key, cell in self.rows.get(table, {}).items()}}

    def do_push(self):
        self.push()
        return {}

    def do_status(self):
        letters = {"NORMAL": "N", "JOINING": "J", "LEAVING": "L"}
        return {"rows": [
            ["UD"[not self.is_alive(member)] + letters[self.modes.get(member, "NORMAL")], address, member]
            for member, address in list(self.members.items())
        ]}

    def do_flush(self):
        self.flush()
        return {}

    def do_drain(self):
        self.flush()
        self.close(CQL_PORT)
        self.mode = "DRAINED"
        return {}

    def do_compactions(self):
        return {"pending": self.compactions()}

    def do_estimate(self, table):
        if table not in self.tables:
            raise Refused(f"Unknown keyspace or table: {table}")
        return {"count": len(self.rows.get(table, {}))}

    def do_decommission(self):
        if len(self.members) == 1:
            raise Refused("no other normal nodes in the ring; decommission would be pointless")
        self.mode = self.modes[self.id] = "LEAVING"
        self.tell({"op": "member", "id": self.id, "address": self.address, "mode": "LEAVING"})
        self.push(without=[self.id])
        self.tell({"op": "forget", "id": self.id})
        self.close(CQL_PORT)
        self.mode = "DECOMMISSIONED"
        return {}

    def do_removenode(self, id):
        if id not in self.members:
            raise Refused("Host ID not found.")
        if self.is_alive(id):
            raise Refused(f"Node {self.members[id]} is alive and owns this ID. Use decommission command to remove it")
        self.do_forget(id)
        self.tell({"op": "forget", "id": id})
        for member in list(self.members):
            if self.is_alive(member):
                self.peer(member, {"op": "push"}, 60.0)
        return {}

    # Requests of clients

    def needed(self, table, level):
        factor = min(self.keyspaces[table.split(".")[0]]["factor"], len(self.members))
        return {"ONE": 1, "LOCAL_ONE": 1, "ALL": factor}.get(level, factor // 2 + 1)

    def each(self, members, request):
        answers = []
        for member in members:
            try:
                answers.append(self.peer(member, request, 2.0))
            except (OSError, Refused, ValueError):
                pass  # those that answer are counted
        return answers

    def write(self, table, key, value, level="QUORUM"):
        joining = [m for m, mode in self.modes.items() if mode == "JOINING" and m in self.members]
        cell = [time.time_ns(), value]
        request = {"op": "put", "table": table, "rows": {key: cell}}
        answers = self.each(self.owners(table, key), request)
        self.each(joining, request)
        if len(answers) < self.needed(table, level):
            raise Refused(f"Unavailable: Cannot achieve consistency level {level}")
        return {}

    def fetch(self, table, key, level="QUORUM"):
        answers = self.each(self.owners(table, key), {"op": "get", "table": table, "key": key})
        if len(answers) < self.needed(table, level):
            raise Refused(f"Unavailable: Cannot achieve consistency level {level}")
        cells = [answer["cell"] for answer in answers if answer["cell"]]
        return {"value": max(cells)[1] if cells else None}

    def count(self, table):
        newest = {}
        for answer in self.each(list(self.members), {"op": "keys", "table": table}):
            for key, at in answer["keys"].items():
                newest.setdefault(key, []).append(at)
        return sum(1 for times in newest.values() if None not in times)

    def table(self, name):
        if name not in self.tables:
            raise Refused(f"InvalidRequest: unconfigured table {name}")
        return name

    def change(self, keyspaces, tables):
        self.do_schema(keyspaces, tables)
        self.tell({"op": "schema", "keyspaces": keyspaces, "tables": tables})

    def settings(self):
        rows = []
        for name, value in re.findall(r"^([a-z_0-9]+): *([^#\n]*?) *(?:#.*)?$", self.text, re.M):
            text = value.strip("'\"")
            is_string = self.product == "scylla" and not re.fullmatch(r"-?[0-9.]+|true|false", text)
            rows.append([json.dumps({"name": name, "value": json.dumps(text) if is_string else text})])
        return {"columns": ["[json]"], "rows": rows}

    def cql(self, statement):
        text = " ".join(statement.strip().rstrip(";").split())
        for pattern, answer in STATEMENTS:
            found = re.fullmatch(pattern, text, re.I)
            if found:
                return answer(self, *found.groups()) or {"columns": [], "rows": []}
        raise Refused(f"SyntaxException: line 1:0 no viable alternative at input '{text.split(' ')[0]}'")

    # Doors

    def serve(self, address, port):
        if any(door.server_address[1] == port for door in self.doors):
            return
        door = Door((address, port), Line)
        door.owner, door.connections = self, set()
        self.doors.append(door)
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self, port):
        for door in [d for d in self.doors if d.server_address[1] == port]:
            door.shutdown()
            door.server_close()
            self.doors.remove(door)
            for connection in list(door.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has gone already

    def run(self):
        self.serve("127.0.0.1", self.admin_port)
        self.begin()
        self.save()
        self.serve(self.address, PEER_PORT)
        time.sleep(OPENING)
        self.mode = self.modes[self.id] = "NORMAL"
        self.serve(self.setting("rpc_address"), CQL_PORT)
        if self.product == "scylla":
            self.serve_metrics()
        notify("READY=1")
        self.log(f"Starting listening for CQL clients on /{self.setting('rpc_address')}:{CQL_PORT}")

    def serve_metrics(self):
        owner = self

        class Metrics(BaseHTTPRequestHandler):
            def do_GET(self):
                text = (
                    f'scylla_compaction_manager_compactions{{shard="0"}} {owner.compactions()}.000000\n'
                    'scylla_compaction_manager_pending_compactions{shard="0"} 0.000000\n'
                    f'scylla_node_operation_mode{{shard="0"}} {3 if owner.mode == "NORMAL" else 2}.000000\n'
                )
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *words):
                pass

        address = (self.setting("prometheus_address", "0.0.0.0"), METRICS_PORT)
        threading.Thread(target=ThreadingHTTPServer(address, Metrics).serve_forever, daemon=True).start()


def ddl(self, change):
    keyspaces, tables = json.loads(json.dumps(self.keyspaces)), list(self.tables)
    change(keyspaces, tables)
    self.change(keyspaces, tables)


def create_keyspace(self, unless, name, factor, durable):
    if name in self.keyspaces:
        if unless:
            return
        raise Refused(f"AlreadyExists: Keyspace '{name}' already exists")
    made = {"factor": int(factor), "durable": (durable or "true").lower() == "true"}
    ddl(self, lambda keyspaces, tables: keyspaces.update({name: made}))


def alter_keyspace(self, name, factor, durable):
    if name not in self.keyspaces:
        raise Refused(f"InvalidRequest: Unknown keyspace '{name}'")
    change = {} if factor is None else {"factor": int(factor)}
    change |= {} if durable is None else {"durable": durable.lower() == "true"}
    ddl(self, lambda keyspaces, tables: keyspaces[name].update(change))


def create_table(self, unless, name):
    if name.split(".")[0] not in self.keyspaces:
        raise Refused(f"InvalidRequest: Keyspace {name.split('.')[0]} does not exist")
    if name in self.tables and not unless:
        raise Refused(f"AlreadyExists: Table '{name}' already exists")
    if name not in self.tables:
        ddl(self, lambda keyspaces, tables: tables.append(name))


def drop_keyspace(self, name):
    def drop(keyspaces, tables):
        del keyspaces[name]
        tables[:] = [table for table in tables if not table.startswith(name + ".")]

    if name not in self.keyspaces:
        raise Refused(f"InvalidRequest: Keyspace '{name}' doesn't exist")
    ddl(self, drop)


def answer(*columns):
    return lambda rows: {"columns": list(columns), "rows": [[str(cell) for cell in row] for row in rows]}


REPLICATION = r"replication = \{'class': 'NetworkTopologyStrategy', 'replication_factor': (\d+)\}"
DURABLE = r"durable_writes = (true|false)"
# Those of cassandra-stress, scylla-bench, and the workload for latte.
COLUMNS = (r'key blob PRIMARY KEY, "C0" blob|pk bigint, ck bigint, v blob, PRIMARY KEY \(pk, ck\)'
           r"|id bigint PRIMARY KEY, data blob")
STATEMENTS = [
    (r"SELECT JSON version FROM system\.versions WHERE key = 'local'",
     lambda s: answer("[json]")([['{"version": "2025.1.2"}']] if s.product == "scylla" else [])),
    (r"SELECT JSON release_version FROM system\.local",
     lambda s: answer("[json]")([['{"release_version": "4.1.5"}']])),
    (r"SELECT JSON name, value FROM (?:system\.config|system_views\.settings)", lambda s: s.settings()),
    (r"SELECT JSON peer, host_id FROM system\.peers", lambda s: answer("[json]")(
        [[json.dumps({"peer": a, "host_id": m})] for m, a in s.members.items() if m != s.id])),
    (r"SELECT table_name FROM system_schema\.tables WHERE keyspace_name = '(\w+)'", lambda s, name: answer(
        "table_name")([[t.split(".")[1]] for t in s.tables if t.startswith(name + ".")])),
    (r"SELECT durable_writes FROM system_schema\.keyspaces WHERE keyspace_name = '(\w+)'",
     lambda s, name: answer("durable_writes")([[k["durable"]] for n, k in s.keyspaces.items() if n == name])),
    (r"SELECT count\(\*\) FROM (\w+\.\w+)", lambda s, table: answer("count")([[s.count(s.table(table))]])),
    (r'SELECT "C0" FROM (\w+\.\w+) WHERE key = 0x([0-9a-f]+)', lambda s, table, key: answer("C0")(
        [["0x" + v] for v in [s.fetch(s.table(table), key)["value"]] if v is not None])),
    (r'INSERT INTO (\w+\.\w+) \(key, "C0"\) VALUES \(0x([0-9a-f]+), 0x([0-9a-f]*)\)',
     lambda s, table, key, value: s.write(s.table(table), key, value) and None),
    (r"DELETE FROM (\w+\.\w+) WHERE key = 0x([0-9a-f]+)",
     lambda s, table, key: s.write(s.table(table), key, None) and None),
    (rf"CREATE KEYSPACE (IF NOT EXISTS )?(\w+) WITH {REPLICATION}(?: AND {DURABLE})?", create_keyspace),
    (rf"ALTER KEYSPACE (\w+) WITH (?:{REPLICATION})?(?: AND )?(?:{DURABLE})?", alter_keyspace),
    (rf"CREATE TABLE (IF NOT EXISTS )?(\w+\.\w+) \((?:{COLUMNS})\)(?: WITH compression = \{{\}})?", create_table),
    (r"DROP KEYSPACE (\w+)", drop_keyspace),
]


class Door(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 512

    def handle_error(self, request, client_address):
        pass  # a client that has gone


class Line(socketserver.StreamRequestHandler):
    """Answers lines of JSON, one after the other."""

    def handle(self):
        owner = self.server.owner
        self.server.connections.add(self.connection)
        try:
            for line in self.rfile:
                request = json.loads(line)
                try:
                    if "cql" in request:
                        reply = owner.cql(request["cql"])
                    elif "write" in request:
                        table = owner.table(request["table"])
                        reply = owner.write(table, request["write"], request["value"], request["level"])
                    elif "read" in request:
                        reply = owner.fetch(owner.table(request["table"]), request["read"], request["level"])
                    else:
                        reply = owner.answer(request)
                except Refused as error:
                    reply = {"error": str(error)}
                self.wfile.write(json.dumps(reply).encode() + b"\n")
        finally:
            self.server.connections.discard(self.connection)


def notify(text):
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.sendto(text.encode(), path.replace("@", "\0", 1) if path[0] == "@" else path)


def main():
    server = Server(sys.argv[1], sys.argv[2], sys.argv[3:])
    with open(f"/usr/share/standin/{server.product}.options", encoding="utf-8") as file:
        known = set(file.read().split())
    unknown = [name for name in re.findall(r"^([a-z_0-9]+):", server.text, re.M) if name not in known]
    if unknown and server.product == "cassandra":
        server.log(f"Exception encountered during startup: Invalid yaml. Those properties {unknown} are not valid")
        sys.exit(3)
    for name in unknown:
        server.log(f"WARN  init - Unknown option : {name}")

    def stop(*_):
        # Their own stop drains the real ones.
        if server.mode in ("NORMAL", "LEAVING"):
            server.flush()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    except (Refused, OSError) as error:
        server.log(f"Exception encountered during startup: {error}")
        sys.exit(3)
    while True:
        signal.pause()


main()
