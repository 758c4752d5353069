"""`adieu explain`."""
import json

from running import check, equal, run


def objects(*args):
    result = run("explain", "--json", *args)
    equal(result.code, 0, result)
    return [json.loads(line) for line in result.out.decode().splitlines()]


def test_a_code_is_explained():
    result = run("explain", "1006")
    equal(result.code, 0, result)
    equal(result.err, "", result)
    check(result.out.startswith(b"1006"), result)


def test_several_codes_are_explained_in_order():
    equal([o["code"] for o in objects("4001", "1000")], [4001, 1000])


def test_every_registered_code_has_name_meaning_sender_and_advice():
    told = objects()
    codes = [o["code"] for o in told]
    equal(codes, sorted(codes))
    check(set(range(1000, 1016)) - {1004} <= set(codes), codes)
    for o in told:
        check(all(o[key] for key in ("name", "meaning", "sender", "advice")), o)


def test_every_number_has_an_explanation():
    for code in (0, 999, 1004, 1016, 2999, 3500, 4000, 4999, 5000, 65535):
        told = objects(str(code))
        equal(len(told), 1)
        check(told[0]["meaning"] and told[0]["sender"] and told[0]["advice"], told)


def test_it_tells_who_may_send_a_code():
    told = {o["code"]: o for o in objects("1000", "1001", "1002", "1006", "4000")}
    equal([told[c]["client_may_close_with"] for c in sorted(told)],
          [True, False, False, False, True])
    equal([told[c]["server_may_close_with"] for c in sorted(told)],
          [True, True, False, False, True])
    equal([told[c]["may_be_received"] for c in sorted(told)], [True, True, True, False, True])


def test_a_range_is_explained():
    first, *codes = objects("4000-4999")
    equal((first["first"], first["last"]), (4000, 4999))
    check(first["meaning"], first)
    equal([(o["first"], o["last"]) for o in objects("0-65535") if "first" in o],
          [(0, 999), (1000, 2999), (3000, 3999), (4000, 4999), (5000, 65535)])


def test_what_is_no_code_is_refused():
    for text in ("65536", "-1", "x", "1000x", "1000-", "-", "5-1", ""):
        result = run("explain", "--", text)
        equal(result.code, 2, (text, result))
        equal(result.out, b"", result)
