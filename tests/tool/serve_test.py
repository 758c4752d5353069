#!/usr/bin/env python3
"""`adieu serve` from outside: every path, every rule of docs/closing.md section 7, every opening that
is refused, its arguments and its signals; and every path and rule once more over TLS. Needs nothing
but Python's standard library and, for certificates, the openssl program.

    serve_test.py --adieu build/adieu [part of a case's name …]
"""

import argparse
import signal
import ssl
import sys
import tempfile
import time
import traceback

import raw_client
import serve_cases_end
import serve_cases_openings
import serve_cases_paths
import serve_cases_rules
from serve_process import Serve
from tls_socket import make_certificate

SECONDS_FOR_A_CASE = 30


def out_of_time(*_):
    raise TimeoutError(f"not done in {SECONDS_FOR_A_CASE} s")


def run(name, body, argument, failures):
    start = time.monotonic()
    signal.alarm(SECONDS_FOR_A_CASE)
    try:
        skipped = body(argument)
    except Exception as why:  # whatever it is, the other cases want to run
        failures.append(name)
        print(f"FAILED  {name}: {type(why).__name__}: {why}")
        traceback.print_exc(limit=-3, file=sys.stdout)
    else:
        took = time.monotonic() - start
        print(f"ok      {name}" + (f" ({skipped})" if skipped else f" ({took:.2f} s)"
                                   if took > 1 else ""))
    finally:
        signal.alarm(0)
        sys.stdout.flush()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--adieu", default="build/adieu", help="the tool")
    arguments.add_argument("only", nargs="*", help="cases whose names contain one of these")
    given = arguments.parse_args()

    def wanted(cases):
        return [(name, body) for name, body in cases
                if not given.only or any(part in name for part in given.only)]

    signal.signal(signal.SIGALRM, out_of_time)
    failures, count = [], 0
    folder = tempfile.TemporaryDirectory()
    pem, key = make_certificate(folder.name)
    for tls in (False, True):
        raw_client.TLS[0] = ssl.create_default_context(cafile=pem) if tls else None
        if tls:
            raw_client.TLS[0].check_hostname = False
        files = ["--tls-cert", pem, "--tls-key", key] if tls else []
        # One server for all of these, which also has to live through them.
        with Serve(given.adieu, "--close-timeout", "5s", *files) as serve:
            for name, body in wanted(serve_cases_rules.CASES + serve_cases_openings.CASES
                                     + serve_cases_paths.CASES):
                run(("TLS: " if tls else "") + name, body, serve, failures)
                count += 1
                if serve.process.poll() is not None:
                    failures.append("the server lives through it all")
                    print(f"FAILED  the server has ended with {serve.process.returncode}")
                    print(b"".join(serve.everything["stderr"][-20:]).decode(errors="replace"))
                    break
    raw_client.TLS[0] = None
    for name, body in wanted(serve_cases_end.CASES):
        run(name, body, given.adieu, failures)
        count += 1
    print(f"{count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
