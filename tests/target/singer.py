"""Singer messages as tests write them."""


def schema(stream, properties, keys=(), **more):
    """A SCHEMA message; properties are schemas or the name of a type."""
    named = {
        name: {"type": [schema_or_type, "null"]}
        if isinstance(schema_or_type, str)
        else schema_or_type
        for name, schema_or_type in properties.items()
    }
    body = {"type": "object", "properties": named, **more}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": list(keys)}


def record(stream, **values):
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value):
    return {"type": "STATE", "value": value}
