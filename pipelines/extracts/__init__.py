"""Reads what providers send, one file at a time, and accepts or quarantines each row.

Belongs here: one module a format (how its files are found, read and located, with its contract
beside it) and the reception desk that every format shares. Does not: anything that needs two
returns at once, which is SQL over all of them.
"""
