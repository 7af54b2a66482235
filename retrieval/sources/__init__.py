"""Where scenes come from; each source yields `retrieval.records.SceneRecord`."""
