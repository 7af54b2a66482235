"""Nodes of the graph, one small file each."""
