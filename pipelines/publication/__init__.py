"""What readers get: pages, data and a manifest, in a release that is complete or absent.

Belongs here: one module a product. It sees the published table, the catalogue and facts about the release,
and can reach nothing before disclosure control: a test reads its imports.
"""
