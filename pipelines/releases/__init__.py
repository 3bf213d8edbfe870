"""The life of a release: a candidate is built, approved, published, and later superseded or withdrawn.

Belongs here: the folders of releases, the record of each step, who may take it and when, and what differs
between two releases. Does not: what a release says (`publication/`), or whether it is safe (`auditor/`).
"""
