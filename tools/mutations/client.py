"""Guarantees of the client: no write sent twice, no page taken for the last, no secret shown."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_CLIENT = "seatable_client/http/client.py"
_SELECT = "seatable_client/api/select.py"
_LISTING = "seatable_client/api/listing.py"
_RETRIES = "tests/client/http/test_retries.py"
_NETWORK = "tests/client/http/test_network.py"
_SELECTS = "tests/client/api/test_select.py"
_WRITERS = "tests/client/column_types/test_writers.py"

CLIENT = (
    # Requests
    Mutation(
        "a write that must happen once is sent once",
        _CLIENT,
        "            and failure.sent\n            and call.effect is Effect.NON_IDEMPOTENT\n",
        "            and False\n",
        f"{_RETRIES} -k sent_once",
    ),
    Mutation(
        "a write whose answer is lost has an unknown outcome",
        _CLIENT,
        "if failure.sent and call.effect is Effect.NON_IDEMPOTENT:",
        "if False:",
        f"{_RETRIES} -k sent_once",
    ),
    Mutation(
        "an append must happen once",
        "seatable_client/api/gateway.py",
        '            f"append rows to table {table!r}",\n            effect=Effect.NON_IDEMPOTENT,',
        '            f"append rows to table {table!r}",\n            effect=Effect.REPEATABLE,',
        "tests/client/api/test_operations_of_a_base.py -k 'gateway and never_sent_twice'",
    ),
    Mutation(
        "500 is retried for reads only",
        _CLIENT,
        "if status == requests.codes.internal_server_error and call.effect is Effect.READ:",
        "if status == requests.codes.internal_server_error:",
        f"{_RETRIES} -k 500_is_retried",
    ),
    Mutation(
        "an answer that breaks off is none",
        _CLIENT,
        "        except ValueError as error:\n            looks =",
        "        except ValueError as error:\n            return {}\n            looks =",
        f"{_RETRIES} -k what_may_be_repeated",
    ),
    Mutation(
        "a token does not follow a redirect",
        _CLIENT,
        "if origin != self.root:",
        "if False:",
        "tests/client/http/test_secrets.py -k follow_a_redirect",
    ),
    Mutation(
        "no token is shown",
        _CLIENT,
        '            text = text.replace(secret, "***")\n        return text\n\n    def send',
        "            pass\n        return text\n\n    def send",
        "tests/client/http/test_secrets.py -k no_token_is_ever_said",
    ),
    Mutation(
        "a redirect of a file leads only where it may",
        "seatable_client/http/presigned.py",
        "if rules is not None and (address is None or not rules.allow(address)):",
        "if rules is not None and not redirects and (\n"
        "                address is None or not rules.allow(address)\n            ):",
        "tests/client/files/test_links.py -k only_where_it_may_lead",
    ),
    Mutation(
        "fewer bytes stored than sent are an error",
        "seatable_client/files/upload.py",
        "if stored.size not in {None, content.size}:",
        "if False:",
        "tests/client/files/test_uploads.py -k less_stored",
    ),
    Mutation(
        "an answer that lacks what was asked is none",
        _CLIENT,
        "        except ValidationError as error:\n            said =",
        "        except ValidationError as error:\n            return {}\n            said =",
        "tests/tap/sync/test_odd_answers.py -k gateway",
    ),
    # Reading
    Mutation(
        "a short page is not the last",
        _SELECT,
        "is_short = length < min(full_page, page_size)",
        "is_short = length < page_size",
        f"{_SELECTS} -k there_throughout",
    ),
    Mutation(
        "a server that repeats rows is an error",
        _SELECT,
        "if len(ids) < len(page) or after in ids or not seen.isdisjoint(ids):",
        "if False:",
        f"{_SELECTS} -k repeats_rows",
    ),
    Mutation(
        "an aggregate without a fraction stands for its whole second",
        _SELECT,
        'return moment if "." in stamp else moment + _SECOND - _MILLISECOND',
        "return moment",
        f"{_SELECTS} -k whole_second",
    ),
    Mutation(
        "a text constant cannot be left",
        _SELECT,
        """return "'" + value.replace("'", "''") + "'\"""",
        """return "'" + value + "'\"""",
        f"{_SELECTS} -k text_constant",
    ),
    Mutation(
        "a list whose rows shift is read from further back",
        _LISTING,
        "if start and overlaps and (not ids or ids[0] not in seen):",
        "if False:",
        "tests/client/api/test_v1.py -k met_once",
    ),
    Mutation(
        "the horizon of a list passes nothing unread",
        _LISTING,
        "read.horizon = min(latest, began) if latest and began and dated else None",
        "read.horizon = latest if latest and began and dated else None",
        "tests/client/api/test_v1.py -k met_once",
    ),
    Mutation(
        "a log that lacks a number is not believed",
        "seatable_client/api/history.py",
        "if not all(number in found for number in range(after + 1, up_to + 1)):",
        "if False:",
        "tests/client/api/test_operation_log.py -k every_number",
    ),
    Mutation(
        "a link cell of the largest size is completed",
        "seatable_client/api/link_cells.py",
        "if longest not in CAPS or longest not in lengths or not base.asks_for_links:",
        "if True:",
        "tests/tap/records/test_long_links.py -k every_link",
    ),
    # Values
    Mutation(
        "a number with more digits than a double is refused",
        "seatable_client/column_types/writers.py",
        'raise InvalidValueError(f"{quote_value(value)} has more digits than',
        'return nearest or (f"{quote_value(value)} has more digits than',
        f"{_WRITERS} -k 'no_number_is_refused or numbers_as_they or stored_as_it_is'",
    ),
    Mutation(
        "a number half way between two numerals is held as either",
        "seatable_client/column_types/writers.py",
        "    if Decimal(repr(nearest)) == value:",
        "    if False:",
        "tests/target/schema/test_inference.py -k 'between_two_numerals'",
    ),
    Mutation(
        "a text is measured as SeaTable does",
        "seatable_client/column_types/writers.py",
        "return len(text) if text.isascii() else len(",
        "return len(text) or len(",
        f"{_WRITERS} -k utf_16",
    ),
    Mutation(
        "a file of unknown size is stored",
        "seatable_client/column_types/writers.py",
        'integer(item or 0) if part == "size"',
        'item if part == "size"',
        f"{_WRITERS} -k unknown_size",
    ),
    Mutation(
        "seconds are not cut off unasked",
        "seatable_client/column_types/date_writers.py",
        "if (wall.second or wall.microsecond) and not writing.cut_seconds:",
        "if False:",
        f"{_WRITERS} -k 'date_times_that_are_refused'",
    ),
    Mutation(
        "an hour that a clock shows twice is refused",
        "seatable_client/column_types/date_writers.py",
        "if first > second and moment.tzinfo is not None:",
        "if False:",
        f"{_WRITERS} -k 'date_times_that_are_refused or same_moment'",
    ),
    Mutation(
        "a formula error is no value",
        "seatable_client/column_types/formula_results.py",
        "    return readers.without_errors(column.name, context, read)\n",
        "    return read\n",
        "tests/client/column_types/test_readers.py -k formula_errors",
    ),
    Mutation(
        "the password of a proxy is not shown",
        "seatable_client/http/network_errors.py",
        'Proxy(show_path(url if "://" in url else f"http://{url}"), variable)',
        "Proxy(url, variable)",
        f"{_NETWORK} -k 'proxy_that_is_not_there'",
    ),
    Mutation(
        "what a proxy did not connect was not sent",
        "seatable_client/http/session.py",
        "return RetryableError(reason, sent=False, advice=proxy.advice)",
        "return RetryableError(reason, advice=proxy.advice)",
        f"{_NETWORK} -k 'proxy_that_is_not_there'",
    ),
    Mutation(
        "a run that fails keeps no connection",
        "seatable_client/http/deadline.py",
        "                    pool.close()\n",
        "                    pass\n",
        "tests/test_connections.py",
    ),
    # Settings
    Mutation(
        "a sub-command checks its settings",
        "singer_seatable/cli.py",
        "if mistakes := mistakes_in(config, schema):",
        "if mistakes := []:",
        "tests/singer/settings/test_sub_commands.py -k 'target and verify and table_mapping'",
    ),
    Mutation(
        "a mistake in a setting shows no secret",
        "singer_seatable/settings/accepted.py",
        "sentences.append(without_secrets(sentence, config))",
        "sentences.append(sentence)",
        "tests/singer/settings/test_sub_commands.py -k api_token",
    ),
    Mutation(
        "a name that stands twice in a setting is refused",
        "singer_seatable/settings/sources.py",
        "        if name in found:\n",
        "        if False:\n",
        "tests/singer/settings/test_types_of_settings.py "
        "tests/singer/settings/test_files_of_settings.py -k 'stands_twice'",
    ),
)
