"""Guarantees of messages, rows and keys: what a record means, and what is none."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_WRITE_POLICIES = "target_seatable/rows/write_policies.py"
_KEYS_OF_ROWS = "tests/target/load_methods/append_and_upsert/test_keys.py"
_POLICIES = "tests/target/load_methods/test_write_policies.py"
_TEXTS = "tests/target/rows/text_formats/test_loading_texts.py"
_KEYS_OF_ELEMENTS = "tests/target/sinks/test_keys_of_elements.py"

ROWS = (
    # Copies
    Mutation(
        "a copy stores what the clock of the source showed",
        "target_seatable/messages/reader.py",
        "        self._wall_clocks.apply(message)\n",
        "",
        "tests/singer/test_date_times.py -k 'what_the_server_sent or lost_their_offsets'",
    ),
    Mutation(
        "a copy stores what the clock of the source showed, on the fast path",
        "target_seatable/messages/typed_decoder.py",
        "self.decode = self._decode_in_utc if in_utc else self._decode",
        "self.decode = self._decode",
        "tests/singer/test_date_times.py -k 'what_the_server_sent'",
    ),
    Mutation(
        "offsets give every date-time back",
        "singer_seatable/date_times.py",
        'all(start[_DAY:] == "T" and is_day(start[:_DAY]) for start in set(starts) - {""})',
        "True",
        "tests/singer/test_date_times.py -k 'comes_back'",
    ),
    Mutation(
        "integers in lists are stored as the numbers that they are",
        "target_seatable/messages/whole_numbers.py",
        "            record[name] = with_integers(record[name])\n",
        "            record[name] = as_integer(record[name])\n",
        "tests/target/rows/test_values.py -k 'gateway and integers_in_lists'",
    ),
    # Which row a record means
    Mutation(
        "a second row with a key is noticed",
        "target_seatable/keys/row_index.py",
        "if known != row_id:",
        "if False:",
        f"{_KEYS_OF_ROWS} -k 'gateway and not_guessed'",
    ),
    Mutation(
        "a row with whose key there is another is never unchanged",
        "target_seatable/keys/row_index.py",
        "[key for key in found if key not in self._ambiguous] if self._ambiguous else found",
        "found",
        f"{_KEYS_OF_ROWS} -k 'gateway and not_guessed'",
    ),
    Mutation(
        "a row whose content is not known counts as changed",
        "target_seatable/keys/packed.py",
        " and not row.endswith(_UNKNOWN)",
        "",
        "tests/target/keys/test_packed.py -k 'comes_out'",
    ),
    Mutation(
        "parts of a key do not run into each other",
        "target_seatable/keys/digest.py",
        'b"%d:%b" % (len(part), part)',
        'b"%b" % part',
        "tests/target/keys/test_digest.py",
    ),
    Mutation(
        "a copy of a record's key has a column of the key's type",
        "target_seatable/schema/new_columns.py",
        "elif (theirs := self._copied_key_column(stream, prop)) is not None:",
        "elif (theirs := self._copied_key_column(stream, prop)) is not None and False:",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and numbers_of_a_text_key'",
    ),
    # Messages
    Mutation(
        "a line that is no Singer message ends the run",
        "target_seatable/messages/reader.py",
        "        message_check.check(message)\n",
        "",
        "tests/target/messages/test_invalid_input.py -k 'gateway and is_no_message'",
    ),
    Mutation(
        "what follows a record on its line of a BATCH file does not become part of a message",
        "target_seatable/messages/batch_files.py",
        "            elif _is_object(line):\n",
        "            elif line:\n",
        "tests/target/messages/test_batch_files.py -k 'taken_as_the_records'",
    ),
    Mutation(
        "a BATCH file that its source has not finished ends the run",
        "target_seatable/messages/batch_files.py",
        "        except (gzip.BadGzipFile, zlib.error, EOFError) as error:\n",
        '        except EOFError:\n            return b""\n'
        "        except (gzip.BadGzipFile, zlib.error) as error:\n",
        "tests/target/messages/test_batch_files.py -k 'not_finished'",
    ),
    Mutation(
        "a record that does not fit its schema is rejected",
        "target_seatable/messages/validation.py",
        '        return Refusal(found[0], InvalidRecord(f"{found[1]}. {REMEDY}", record))\n',
        "        return None\n",
        "tests/target/rows/test_values.py -k 'gateway and does_not_fit_its_schema'",
    ),
    # A base in which people work
    Mutation(
        "cells that only new rows get are people's from then on",
        _WRITE_POLICIES,
        "if name not in self._kept and (cell",
        "if (cell",
        f"{_POLICIES} -k 'gateway and policy_says'",
    ),
    Mutation(
        "an empty value empties no cell that people may have filled",
        _WRITE_POLICIES,
        "(cell is not None or name not in self._filled)",
        "True",
        f"{_POLICIES} -k fills_meanwhile",
    ),
    Mutation(
        "of two values for an empty cell in one batch the first fills it",
        _WRITE_POLICIES,
        " if name not in taken}",
        "}",
        f"{_POLICIES} -k 'gateway and batch_ends and upsert'",
    ),
    Mutation(
        "what skips a value is a warning in each run",
        "target_seatable/schema/stream_notes.py",
        'log.warning("%s", sentence)',
        'log.info("%s", sentence)',
        "tests/target/schema/test_names.py -k 'gateway and describes_a_table'",
    ),
    # Texts as people write them
    Mutation(
        "a text that may mean two things is refused",
        "target_seatable/rows/text_formats/text_format.py",
        "    if len(found) == 1:\n",
        "    if found:\n",
        f"{_TEXTS} -k later_run",
    ),
    Mutation(
        "forms that do not take a text are given up",
        "target_seatable/rows/text_formats/column_reader.py",
        "self._forms = [form for form in self._forms if first_refusal([cleaned], form) is None]",
        "pass",
        "tests/target/rows/text_formats/test_column_reader.py",
    ),
    Mutation(
        "a number of a key is written as programs write it",
        "target_seatable/rows/text_formats/column_reader.py",
        "meaning is not None and meaning != text:",
        "False:",
        f"{_TEXTS} -k two_texts_could_share",
    ),
)
