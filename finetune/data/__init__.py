"""Data sets: examples from the corpus, from verified work and from files of one's own, split so that no twin crosses, held against every held-out set.

Example  <-  labelled, repairs, undone, worked, own        where examples come from
near, splits, overlap, checks                              what may stay, and in which split
make, card, stored                                         the folder
template, tokenised                                        what a trainer reads
"""
