"""What may be said: pure functions over small tables. The only way from a count to a reader.

Belongs here: keyed rounding, and every figure that is computed from rounded counts (rates, parity,
intervals, markers). Later: the repair of additivity, and the auditor that attacks a release. Does not:
reading or writing files, or anything that prints.
"""
