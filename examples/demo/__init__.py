"""The demo: whole lives of invented accounts, played from files on any world, and shown.

`script` reads the files, `play` plays them on a world (`pure`: the domain alone; `live`: real workflows on a clock
that is skipped), `journey` says what the ledger tells, `expect` compares, `journal` and `picture` show it.
"""
