"""Who is the same person, and under what pseudonym.

Belongs here: the keys that make pseudonyms, and (later) linkage beyond learner numbers. The linkage by
learner number is SQL: `sql/identity/`. Whatever fills this room, it gives one table, `identity.person_link`:
record → person.
"""
