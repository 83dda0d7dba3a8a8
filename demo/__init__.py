"""`make demo`: runs the pipelines of meltano.yml on this machine and checks what arrives.

`__main__` has the steps; the other modules have a PostgreSQL server, CSV files, the Meltano
project, the comparison of two tables, and the report.
"""
