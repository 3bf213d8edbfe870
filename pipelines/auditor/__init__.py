"""The auditor: attacks a release as an outsider would, with nothing but releases and the published method.

Belongs here: reading what was published, the attack, the report on it. It sees no database, no secret and no
exact count, and imports nothing that does (a test reads its imports).
"""
