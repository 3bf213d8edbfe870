"""The catalogue: what each indicator is, how it is computed and what it can and cannot claim.

Belongs here: the typed form of the `.yml` beside each indicator's `.sql`. Does not: the SQL itself
(`sql/indicators/`), or any figure.
"""
