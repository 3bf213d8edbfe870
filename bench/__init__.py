"""Measures the pipeline at city scale, beside plain DuckDB and pandas on the same Parquet.

`make bench` runs it. Figures are of this machine on this day: quote the ratios.
"""
