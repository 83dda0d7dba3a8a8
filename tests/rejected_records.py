"""A file of rejected records as tests read it."""

import json


def rejected_records(path):
    """The RECORD messages of a file, each checked to stand behind the SCHEMA of its stream.

    Each has its reasons also as one text, `reason`.
    """
    if not path.exists():
        return []
    records, known = [], set()
    with path.open("rb") as lines:  # a text may hold what others take for the end of a line
        for line in lines:
            message = json.loads(line, parse_constant=_refuse)
            if message["type"] == "SCHEMA":
                assert isinstance(message["schema"]["properties"], dict)
                known.add(message["stream"])
                continue
            assert message["type"] == "RECORD"
            assert message["stream"] in known
            assert message["reasons"]
            assert "file" not in message.get("retry", {})
            records.append({**message, "reason": " ".join(message["reasons"])})
    return records


def _refuse(constant):
    raise AssertionError(f"{constant} is no JSON")
