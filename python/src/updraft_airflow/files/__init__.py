"""The files of a DAGs folder: which there are, which count, and what stands in them."""
