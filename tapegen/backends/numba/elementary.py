"""Elementary functions of floats that LLVM can vectorise: branch-free, with results as exact as the C library's."""
