"""A client of `pgfork --stdio`, without a dependency. Use it as it is: each test gets a server of its own from one pgfork."""

import itertools
import json
import subprocess
import sys


class PgforkError(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = (error.get("data") or {}).get("code")


class Pgfork:
    def __init__(self, *command):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command or ("pgfork", "--stdio"), stdin=pipe, stdout=pipe, text=True)
        self.ids = itertools.count(1)

    def call(self, method, **params):
        request = {"jsonrpc": "2.0", "id": next(self.ids), "method": method, "params": params}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise PgforkError(answer["error"])
        return answer["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # Now its forks go.
        self.process.wait()


if __name__ == "__main__":
    with Pgfork(*sys.argv[1:]) as pgfork:
        fork = pgfork.call("create", resettable=True)
        print(fork["connectionString"])
        pgfork.call("reset", name=fork["name"])
        print(len(pgfork.call("list")["forks"]), "fork")
