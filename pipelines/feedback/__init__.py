"""What a provider gets back about a return: a page, a CSV, and the same in a terminal.

It names the provider's own references and rows, rules and fields; never a value of a field.
"""
