# The operators, one a line.
set(FGCN_OPS
)
