"""Files in and out: exports and imports as jobs, stored results that expire, and runs of connectors.

An export is a query of a room, its columns and a permission (`export_register`); an import is a list of
columns and a function that takes rows (`import_register`). Everything else stands here: parts that
survive a kill, masking, formula-safe cells, mapping of headers, dry checks, refused rows to download.
"""
