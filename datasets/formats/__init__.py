"""The dataset in other people's formats, and the descriptions that stand beside its files.

Everything here is made from the registry and the written Parquet files.
"""
