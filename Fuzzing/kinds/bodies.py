"""Bodies of dispatches: JSON, nearly JSON and no JSON, in any encoding. What is stored must be what was sent."""
import json

import fastcgi
from kinds.wire import Wire
from mutation import mutated
from processes import Failed
from target import GOOD_HEADERS


# What a dispatch says beside its name and its payload, and the column that it stands in.
TEXTS = {"instance": "instance", "tenant": "tenant_id", "ordering_key": "ordering_key"}


class Bodies(Wire):
    name = "json"

    def change(self, random, data):
        if random.random() < 0.3:
            return from_grammar(random) if random.random() < 0.7 else several(random)
        return mutated(random, data, self.others)

    def throw(self, target, data):
        kind = "application/x-ndjson" if data[:1] == b"\n" else "application/json"
        request = fastcgi.request("POST", "/dispatch", data, headers={**GOOD_HEADERS, "CONTENT_TYPE": kind})
        answers = fastcgi.exchange(target.socket, request)
        if len(answers) != 1:
            raise Failed(f"{len(answers)} answers to one request")
        status, body = answers[0].status, answers[0].body
        target.judge(status, body)
        if status == 503:
            raise Failed(f"refused by the database, not by the reader: {body!r}")
        said = json.loads(body)
        if status == 202:
            self.compare(sent(data), said if isinstance(said, list) else [said], target)
        if status == 400 and said["error"]["code"] == "invalid_json" and is_json(data) and depth(data) <= 64:
            raise Failed(f"this is JSON: {body!r}")

    def compare(self, events, answers, target):
        """Somebody else's decoder sees the same in the rows and in the body, event by event; each has its answer in its place."""
        if len(answers) != len(events):
            raise Failed(f"{len(events)} events have {len(answers)} answers")
        taken = [(answer, event) for event, answer in zip(events, answers) if "error" not in answer]
        if not taken:
            raise Failed("none of the events is taken, and the answer is 202")
        with target.lock:
            texts = ", ".join(f"HEX({column})" for column in TEXTS.values())
            rows = target.database.sql(f"SELECT id, HEX(event_name), HEX(payload), max_attempts, {texts} FROM recado.event_queue"
                                       f" WHERE id IN ({', '.join(str(answer['id']) for answer, _ in taken)})")
        stored = {int(row[0]): row[1:] for row in rows}
        for answer, event in taken:
            number = answer["id"]
            if number not in stored:
                raise Failed(f"event {number} is acknowledged and not stored")
            if not isinstance(event, dict):
                raise Failed(f"event {number} is stored, and nobody else takes it for an object")
            name, payload, attempts, *texts = stored[number]
            if stored_as(event["event"]) != name:
                raise Failed(f"event {number} has the name {name}")
            payload = bytes.fromhex(payload)
            if decoded(payload) != event["payload"]:
                raise Failed(f"event {number} has another payload: {payload[:200]!r}")
            if answer.get("repeated"):
                # The row is of an earlier event with the same key, name and payload; of the rest nothing is promised.
                continue
            if event.get("max_attempts") and float(event["max_attempts"]) != int(attempts):
                raise Failed(f"event {number} has {attempts} attempts instead of {event['max_attempts']}")
            for field, text in zip(TEXTS, texts):
                if stored_as(event.get(field)) != text:
                    raise Failed(f"event {number} has another {field}: {text}")


def stored_as(text):
    """A text as HEX() shows its column: what is half a character has become a whole one."""
    if text is None:
        return "NULL"
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode().hex().upper()


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def decoded(data):
    """Numbers stay as they are spelt."""
    return json.loads(data.decode(), parse_int=str, parse_float=str, parse_constant=refuse)


def sent(data):
    """What each event of a body says, in their order: of one, of an array, or of lines, where None stands for what is no JSON."""
    if data.lstrip(b" \t\r\n")[:1] == b"[":
        return decoded(data)
    if data[:1] != b"\n":
        return [decoded(data)]
    return [decoded(line) if is_json(line) else None for line in data.split(b"\n") if line.strip(b" \t\r\n")]


def is_json(data):
    """Whether Python takes it for an object or an array of objects: what a dispatch is made of, apart from lines."""
    try:
        events = decoded(data)
        return data[:1] != b"\n" and all(isinstance(event, dict) for event in (events if isinstance(events, list) else [events]))
    except (ValueError, RecursionError):
        return False


def depth(data):
    """How deep arrays and objects are nested, at the most."""
    return max(data.count(b"["), 0) + max(data.count(b"{"), 0)


def from_grammar(random):
    """A dispatch of which everything is well-formed, if odd."""
    members = [(b"event", random.choice((b'"fuzz.a"', b'"fuzz.program"', b'"appointment.saved"', text(random)))),
               (b"payload", value(random, random.randint(0, 6)))]
    for name in (b"instance", b"tenant", b"ordering_key", b"idempotency_key"):
        if random.random() < 0.2:
            members.append((name, random.choice((text(random), b"null", b'"k"'))))
    if random.random() < 0.2:
        members.append((b"scheduled_at", random.choice(DATES)))
    if random.random() < 0.2:
        members.append((b"max_attempts", random.choice((b"1", b"100", b"101", b"0", b"-1", b"1.0", b"1e1", b'"3"', b"9" * 40))))
    random.shuffle(members)
    space = random.choice((b"", b" ", b"\r\n\t "))
    return b"{" + b",".join(space + b'"' + name + b'"' + space + b":" + space + content for name, content in members) + space + b"}"


def several(random):
    """An array or lines of dispatches, one or another of them none."""
    events = [random.choice((b"1", b"{}", b"[]")) if random.random() < 0.1 else from_grammar(random)
              for _ in range(random.choice((1, 2, 5, 50)))]
    if random.random() < 0.5:
        return b" [" + b" ,".join(events) + b"]"
    return b"\n" + b"\n".join(event.replace(b"\n", b"") for event in events)


def value(random, levels):
    if levels == 0 or random.random() < 0.3:
        return random.choice((b"0", b"-0", b"1E+400", b"-1.5e-400", b"12345678901234567890123", b"true", b"null", b'""', text(random)))
    inner = [value(random, levels - 1) for _ in range(random.randint(0, 4))]
    if random.random() < 0.5:
        return b"[" + b" ,".join(inner) + b"]"
    return b"{" + b",".join(random.choice((b'"a"', text(random))) + b" : " + one for one in inner) + b"}"


def text(random):
    return b'"' + b"".join(random.choice(PIECES) for _ in range(random.choice((1, 2, 5, 30)))) + b'"'


PIECES = [b"a", b" ", b"\\n", b"\\u0000", b"\\u0041", b"\\ud83d\\ude00", b"\\ud800", b"\\udfff", b"\\\\", b'\\"', b"\\/",
          "ß".encode(), "é".encode(), "e\u0301".encode(), "\u212a".encode(), "😀".encode(), b"\xef\xbf\xbf", b"\x7f", b"'", b"{{x}}", b"%s"]
DATES = [b'"2030-01-02T03:04:05Z"', b'"0000-01-01T00:00:00Z"', b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59.999Z"',
         b'"10000-01-01T00:00:00Z"', b'"-0001-01-01T00:00:00Z"', b'"2030-02-30T00:00:00Z"', b'"2030-01-02T24:00:00Z"',
         b'"2030-01-02T03:04:60Z"', b'"2030-01-02T03:04:05.123456789Z"', b'"2030-01-02T03:04:05+99:99"', b'"2030-1-2T3:4:5Z"',
         b'"99999999999999999-01-01T00:00:00Z"', b'"2030-01-02"', b"null", b"1", '"２０３０-01-02T03:04:05Z"'.encode()]
