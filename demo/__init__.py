"""`make demo`: the pipelines of meltano.yml, run for real on this machine, and checked.

`__main__` tells the story; the other modules are its props: a PostgreSQL server, real files, the
Meltano project, the comparison of two tables, and the report.
"""
