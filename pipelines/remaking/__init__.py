"""Makes a release again from its own files, so that every byte of it is accounted for.

Here belongs what reads a release back and compares. What its counts give away is the auditor's question.
"""
