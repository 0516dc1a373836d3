"""Object storage: paths, and the file systems behind them, which come from fsspec and from providers."""
