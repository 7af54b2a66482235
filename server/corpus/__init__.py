"""The commands of `hisolver corpus`: each group in a file of its own, wired to what renders, reads and writes."""
