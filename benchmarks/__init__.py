"""Speed of tapegen's gradients beside hand-written ones and other libraries: `python -m benchmarks --help`."""
